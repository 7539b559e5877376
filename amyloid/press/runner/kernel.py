"""A notebook executed by papermill against a kernel that is forked, instead of started afresh.

Starting an ordinary kernel costs seconds of imports for each notebook. Here a kernel is a fork of
the warm server: it waits for the connection file of its client, then becomes an ordinary IPython
kernel that talks over sockets in a private folder, so no port is opened.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.kernelapp import launch_new_instance
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from nbclient.exceptions import CellTimeoutError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

from amyloid.press.runner.processes import ending, fork


class ForkedKernel:
    """A kernel process, forked at once and idle until it is told its connection file.

    Parameters
    ----------
    folder : Path
        The working folder of the kernel.
    log : Path
        Where the process writes what does not belong to a cell.
    """

    def __init__(self, folder: Path, log: Path) -> None:
        self._status: int | None = None
        self._listen, self._tell = os.pipe()
        self.pid = fork(partial(self._become_kernel, folder), log)
        os.close(self._listen)

    def _become_kernel(self, folder: Path) -> None:
        """Wait for the arguments, then be a kernel until the end of the process."""
        os.close(self._tell)
        arguments = os.fsdecode(os.read(self._listen, 65536)).split("\0")
        os.close(self._listen)
        if arguments != [""]:  # empty when the client ended before it started the kernel
            os.chdir(folder)
            os.environ["JPY_PARENT_PID"] = str(os.getppid())
            sys.argv = ["ipykernel_launcher", *arguments]
            launch_new_instance(argv=arguments)

    def start(self, arguments: list[str]) -> None:
        """Let the process become a kernel with these command-line arguments."""
        os.write(self._tell, os.fsencode("\0".join(arguments)))
        os.close(self._tell)

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, or None while the process lives."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def wait(self) -> int:
        """Wait for the end of the process."""
        while (status := self.poll()) is None:
            time.sleep(0.01)
        return status

    def send_signal(self, signum: int) -> None:
        """Send a signal to the process, if it lives."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)


class ForkedProvisioner(LocalProvisioner):
    """Hands a waiting fork to Jupyter's kernel manager in place of a started program."""

    kernel: ForkedKernel
    process: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the waiting fork with the connection file that the manager has just written."""
        self.kernel.start(cmd)
        self.process = self.kernel
        self.pid = self.kernel.pid
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the end of the fork."""
        status = self.process.wait() if self.process else None
        self.process = None
        return status


def manager_class(kernel: ForkedKernel, sockets: Path) -> type[AsyncKernelManager]:
    """Make the kernel manager class that serves one waiting fork.

    Parameters
    ----------
    kernel : ForkedKernel
        The process to hand over.
    sockets : Path
        A folder with a short path for the connection file and the sockets.

    Returns
    -------
    type
        A class for nbclient's `kernel_manager_class`.
    """

    class ForkedKernelManager(AsyncKernelManager):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(transport="ipc", connection_file=str(sockets / f"k{kernel.pid}.json"), **kwargs)

        @property
        def kernel_spec(self) -> KernelSpec:
            argv = ["-f", "{connection_file}", COMMANDS_FAIL_ALOUD]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

        async def _async_pre_start_kernel(self, **kw: Any) -> Any:
            self.provisioner = ForkedProvisioner(kernel_spec=self.kernel_spec, parent=self)
            self.provisioner.kernel = kernel
            return await super()._async_pre_start_kernel(**kw)

    return ForkedKernelManager


COMMANDS_FAIL_ALOUD = "--InteractiveShell.system_raise_on_error=True"
"""A line such as `!command` that fails is an error of its cell; by default IPython goes on."""

logging.getLogger("papermill").setLevel(logging.ERROR)
logging.getLogger("traitlets").setLevel(logging.ERROR)


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
) -> tuple[nbformat.NotebookNode, str | None, int]:
    """Execute a notebook.

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
    tuple
        The notebook, whole or as far as it came; what ended it when that was not an error of a cell: its
        kernel died, or did not start; and how many code cells had been started.
    """
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
    return clean(_KeepingEngine.kept or notebook), fault, len(started)


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
