"""Staged, locked and repeatable runs of the notebooks. The runner knows files, never the science."""
