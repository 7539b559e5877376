"""Pages, tables and papers made from a finished run. This room knows files, never the science."""

from amyloid.press.report.overview import write_pages

__all__ = ["write_pages"]
