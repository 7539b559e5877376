"""What each notebook asks of a cohort: the frames, and the sentences that read them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amyloid.questions.study import Study

__all__ = ["Study"]


def __getattr__(name: str) -> Any:
    if name == "Study":
        from amyloid.questions.study import Study

        return Study
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
