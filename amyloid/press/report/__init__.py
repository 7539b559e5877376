"""Pages, tables and papers made from a finished run. This room knows files, never the science."""
