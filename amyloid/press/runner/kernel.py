"""Kernels forked from a process that has the libraries loaded, instead of started afresh.

Starting an ordinary kernel costs seconds of imports for each notebook. Here a kernel is a fork of
the warm server: it waits for the connection file of its client, then becomes an ordinary IPython
kernel that talks over sockets in a private folder, so no port is opened.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import launch_new_instance
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from amyloid.press.runner.processes import die_with_parent, silence


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
        listen, self._tell = os.pipe()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._tell)
            _become_kernel(listen, folder, log, parent)
        os.close(listen)

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

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)


def _become_kernel(listen: int, folder: Path, log: Path, parent: int) -> None:
    """Turn this process into a kernel; never returns."""
    status = 1
    try:
        die_with_parent(parent)
        silence(log)
        arguments = os.fsdecode(os.read(listen, 65536)).split("\0")
        os.close(listen)
        if arguments != [""]:  # empty when the client ended before it started the kernel
            os.chdir(folder)
            os.environ["JPY_PARENT_PID"] = str(parent)
            sys.argv = ["ipykernel_launcher", *arguments]
            launch_new_instance(argv=arguments)
        status = 0
    finally:
        os._exit(status)


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
            return KernelSpec(argv=["-f", "{connection_file}"], display_name="Python 3", language="python")

        async def _async_pre_start_kernel(self, **kw: Any) -> Any:
            self.provisioner = ForkedProvisioner(kernel_spec=self.kernel_spec, parent=self)
            self.provisioner.kernel = kernel
            return await super()._async_pre_start_kernel(**kw)

    return ForkedKernelManager
