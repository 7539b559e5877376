"""Sentences written from numbers: what a notebook says about its own results, on any cohort."""
