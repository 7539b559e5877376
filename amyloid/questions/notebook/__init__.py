"""What a notebook is written with: opens the cohort, shows figures, tables, sentences, keeps numbers."""

from amyloid.questions.notebook.book import Notebook

__all__ = ["Notebook"]
