"""What a notebook is written with: it opens the cohort, shows figures, tables and sentences, keeps numbers."""

from amyloid.notebook.book import Notebook

__all__ = ["Notebook"]
