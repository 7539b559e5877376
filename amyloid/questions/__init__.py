"""What each notebook asks of a cohort: the frames, and the sentences that read them."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amyloid.questions.study import Study

__all__ = ["Study", "names"]


def __getattr__(name: str) -> Any:
    if name == "Study":
        from amyloid.questions.study import Study

        return Study
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def names(kind: str) -> Any:
    """What pages call codes, ids and columns: a table of ``names.toml`` beside this file."""
    return _all_names()[kind]


@cache
def _all_names() -> dict[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
