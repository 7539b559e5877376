"""One notebook executed by papermill against a forked kernel."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

from amyloid.press.runner.kernel import ForkedKernel, manager_class
from amyloid.press.runner.processes import ending

logging.getLogger("papermill").setLevel(logging.ERROR)
logging.getLogger("traitlets").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Executed:
    """What came of one notebook.

    Attributes
    ----------
    notebook : NotebookNode
        The notebook as far as it came.
    fault : str or None
        What ended it when that was not an error of a cell: its kernel died, or did not start.
    started : int
        How many code cells had been started.
    """

    notebook: nbformat.NotebookNode
    fault: str | None
    started: int


class _KeepingEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, which also keeps the notebook when it ends with a fault."""

    kept: nbformat.NotebookNode | None = None

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
        """Remember the notebook, then execute it as papermill does."""
        cls.kept = nb_man.nb
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


papermill_engines.register("amyloid", _KeepingEngine)


def execute(
    notebook: nbformat.NotebookNode,
    parameters: Mapping[str, object],
    kernel: ForkedKernel,
    sockets: Path,
    on_cell: Callable[[], None],
    cell_seconds: int,
) -> Executed:
    """Execute a notebook and return it, whole or as far as it came.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook; it is not changed.
    parameters : mapping
        Plain literals for the cell tagged `parameters`; empty to execute the notebook as it stands.
    kernel : ForkedKernel
        The waiting kernel process.
    sockets : Path
        A folder with a short path.
    on_cell : callable
        Called after each code cell that ran.
    cell_seconds : int
        How long a cell may run.

    Returns
    -------
    Executed
        The notebook and, when it did not come to its end, why not.
    """
    _KeepingEngine.kept = None
    fault: str | None = None
    started: list[int] = []
    try:
        execute_notebook(
            notebook,
            None,
            parameters=dict(parameters),
            engine_name="amyloid",
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            kernel_manager_class=manager_class(kernel, sockets),
            shutdown_kernel="immediate",
            execution_timeout=cell_seconds,
            record_timing=False,
            coalesce_streams=True,
            store_widget_state=False,
            on_cell_execute=lambda cell_index, **_: started.append(cell_index),
            on_cell_executed=lambda **_: on_cell(),
        )
    except PapermillExecutionError:
        pass  # the error stands in the notebook's own output, where `inspect` reads it
    except CellTimeoutError:
        fault = f"the cell ran longer than {cell_seconds} seconds and was ended; --cell-timeout gives it more"
    except Exception as error:
        status = kernel.poll()
        ended = "" if status is None else f" (the kernel ended: {ending(status)})"
        fault = f"{type(error).__name__}: {error}{ended}"
    kept = _KeepingEngine.kept
    return Executed(clean(kept if kept is not None else notebook), fault, len(started))


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Remove what papermill adds about time and place, and the marks of its errors.

    What stays is what JupyterLab would save, so that running a committed notebook there changes no byte.
    """
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    notebook.cells = [
        cell for cell in notebook.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
    ]
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"  # papermill draws a random one
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if cell.metadata.get("tags") == []:
            del cell.metadata["tags"]
    return notebook
