"""Frames in, a figure or a table out; no statistic is computed here."""
