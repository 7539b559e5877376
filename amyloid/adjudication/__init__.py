"""Laboratory rows to categories and endpoints: visits, evidence, criteria, grades, reasons.

What other rooms call most is loaded when it is first asked for.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from amyloid.adjudication.labs.visits import egfr
    from amyloid.adjudication.write import TABLES, write_adjudication

__all__ = ["TABLES", "egfr", "write_adjudication"]

_HOME: Final = {"TABLES": "write", "egfr": "labs.visits", "write_adjudication": "write"}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"amyloid.adjudication.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
