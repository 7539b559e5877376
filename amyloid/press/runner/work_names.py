"""What both sides of the pipe agree on: the files in a job's folder, and the patience."""

OUTCOME = "outcome.json"
EXECUTED = "executed.ipynb"
LOG = "log.txt"
READINGS = "readings.txt"
CELL_SECONDS = 1800
"""How long one cell may run when nothing else is said."""
PAGE_MM = 170
"""Width of a page of a journal, for which figures are laid out when nothing else is said."""
