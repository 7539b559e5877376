"""The names of the files in a job's folder, for both sides of the pipe."""

OUTCOME = "outcome.json"
EXECUTED = "executed.ipynb"
LOG = "log.txt"
