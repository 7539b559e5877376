"""What can go wrong with a run, in words."""


class RunError(Exception):
    """A run that cannot start or cannot be finished; its text is for the user."""
