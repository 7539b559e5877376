"""Runs, pages, sweeps, and what may leave the building: files and notebooks, never the medicine."""
