"""Staged, locked and repeatable runs of the notebooks: files, never the science. Its faults, in words."""


class RunError(Exception):
    """A run that cannot start or cannot be finished; its text is for the user (exit 1)."""


class PlaceError(ValueError):
    """A call that names a target or a notebook that cannot be used; its text is for the user (exit 2)."""


class ChangedError(RunError):
    """The cohort's files changed while the run went on: nothing of it may be used, now or later."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: the cohort's files changed while the run was going. Nothing of it is kept. Run again."
        )
