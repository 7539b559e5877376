"""A cohort in parts, each with some of its patients: cut, adjudicated part by part, put together again."""
