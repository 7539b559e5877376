"""The command line: commands imported only when they are called, and known faults in plain words."""

import errno
import functools
import importlib
import os
import resource
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from amyloid import __version__

if resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY:
    sys.dont_write_bytecode = True  # Python keeps a module that the limit cut off, and never starts again

SHOW_ALL = "AMYLOID_TRACEBACK"
_TOO_FEW_PROCESSES = ("can't start new thread", "cannot create thread", "resource temporarily unavailable")
_OUT_OF_MEMORY = ("cannot allocate memory", "failed to map segment", "out of memory")

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOST_NAMED = 6
"""Leftovers of killed commands that are named one by one; `doctor` names them all."""

SUMMARIES = {
    "run": "Run the notebooks over a cohort and write a report.",
    "check": "Say everything that is wrong with a cohort's tables, and what can be judged.",
    "adjudicate": "Write each patient's categories and endpoints as CSV.",
    "partition": "Cut a large cohort into parts that are adjudicated one by one or on a cluster.",
    "sweep": "Run many scenarios side by side and compare what they find.",
    "reconstruct": "Make a cohort that satisfies every published number.",
    "export": "Write a run as PDF, Word or Excel.",
    "share": "Pack what may leave the building into one zip file.",
    "template": "Write blank tables, a workbook with drop-downs and a REDCap dictionary.",
    "compare": "Say what differs between two runs.",
    "explore": "Copy the notebook for one's own questions into runs/, opened on a cohort.",
    "patient": "Show one patient: every criterion with its reason, and the timeline as a page.",
    "criteria": "Say every criterion that is applied, or write them all as data.",
    "audit": "Say which counts and denominators can carry the percentages of a publication.",
    "doctor": "Check the installation and say how to mend it.",
}
"""Every command with its line in `amyloid --help`, kept here so that help imports no command."""


START = ("template", "reconstruct", "partition", "criteria", "explore")
"""Commands that stand together in `amyloid.cli.start`; every other one has a module of its name."""


class LazyGroup(click.Group):
    """A click group that imports a command's module only when that command is called."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an interruption ends it with a sentence."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            from amyloid.press.runner import RunError

            said = "Interrupted. What was there before is whole; what was not finished is removed."
            raise RunError(said) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of a user's work."""
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, or return None when there is no such command."""
        if cmd_name not in SUMMARIES:
            return None
        if cmd_name in START:
            command = getattr(importlib.import_module("amyloid.cli.start"), cmd_name)
        else:
            command = importlib.import_module(f"amyloid.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Offer the nearest command when the name is unknown."""
        name = args[0]
        if name not in SUMMARIES and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, SUMMARIES, 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"There is no command '{name}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands' lines from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="amyloid-notebooks", message="amyloid %(version)s")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Adjudicate AL amyloidosis response from laboratory values, and report it in notebooks."""
    from amyloid.cohort.delivery import find_leftovers

    found = list(find_leftovers(Path(), Path("runs"))) if ctx.invoked_subcommand != "doctor" else []
    if found:
        first = ", ".join(map(str, found[:MOST_NAMED]))
        more = f" and {len(found) - MOST_NAMED} more (see `amyloid doctor`)" if found[MOST_NAMED:] else ""
        said = f"A command that was killed left {first}{more}, perhaps with patients in it."
        click.echo(f"{said} `amyloid doctor --clean` removes all of it.", err=True)


def main() -> None:
    """Run the command line and leave with 0 (done), 1 (data or run at fault) or 2 (call at fault)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    known_faults()  # loaded now: later there may be no memory for it
    os.umask(0o077)  # what is written is its owner's
    _forget_foreign_modules()
    signals = [each for each in ENDING if signal.getsignal(each) != signal.SIG_IGN]  # as under nohup
    for each in signals:
        signal.signal(each, lambda *_: _end(signals))
    try:
        group.main(prog_name="amyloid")
    except Exception as fault:
        message = words(fault)
        if not os.environ.get(SHOW_ALL):
            sys.unraisablehook = lambda _: None  # a half written file that is given up says the same again
        if message is None and os.environ.get(SHOW_ALL):
            raise
        click.echo(own_fault(fault) if message is None else message, err=True)
        sys.exit(1)
    finally:
        _ignore(signals)


def _forget_foreign_modules() -> None:
    """Import nothing from PYTHONPATH or the current folder: a file called pandas.py may lie there."""
    home = str(Path(__file__).resolve().parents[2])
    foreign = {os.path.abspath(path) for path in os.environ.pop("PYTHONPATH", "").split(os.pathsep) if path}
    if not sys.flags.safe_path and os.path.basename(sys.argv[0]) == "__main__.py":
        foreign.add(sys.path[0])  # of `python -m amyloid.cli`
    sys.path[:] = [path for path in sys.path if path == home or os.path.abspath(path) not in foreign]


def _end(signals: Sequence[signal.Signals]) -> None:
    """End the command in order, as Ctrl-C does; no further signal disturbs the tidying up."""
    _ignore(signals)
    raise KeyboardInterrupt


def _ignore(signals: Sequence[signal.Signals]) -> None:
    for each in signals:
        signal.signal(each, signal.SIG_IGN)


# -- faults in words --------------------------------------------------------------------------------------


@functools.cache
def known_faults() -> tuple[type[Exception], ...]:
    """Kinds of exceptions whose text is written for the user."""
    from amyloid.cohort.delivery import BusyError
    from amyloid.cohort.errors import CohortError
    from amyloid.press.runner import RunError

    return CohortError, RunError, BusyError


def words(fault: Exception) -> str | None:
    """Say a known fault as plain text.

    Parameters
    ----------
    fault : Exception
        What a command raised.

    Returns
    -------
    str or None
        The text for the user, or None when the fault is not a known one.
    """
    if isinstance(fault, known_faults()):
        return str(fault)
    text = str(fault).lower()
    if isinstance(fault, MemoryError) or any(sign in text for sign in _OUT_OF_MEMORY):
        return "Memory ran out. Close other programs, raise the memory limit, or use fewer --jobs."
    if getattr(fault, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "io_enospc" in text:
        return f"No space left on the disk{_place(fault)}. Free some space and run again."
    if isinstance(fault, OSError) and fault.errno == errno.EROFS:
        return f"The file system is read-only{_place(fault)}."
    if getattr(fault, "errno", None) == errno.EFBIG or "io_efbig" in text:
        return f"A file may not become as large as it has to here (ulimit -f){_place(fault)}."
    if any(sign in text for sign in _TOO_FEW_PROCESSES) or getattr(fault, "errno", None) == errno.EAGAIN:
        return "This computer lets you start no more threads or processes (ulimit -u). Close other programs."
    if isinstance(fault, OSError) and fault.strerror:
        return f"{fault.strerror}{_place(fault)}."
    return None


def own_fault(fault: Exception) -> str:
    """Say a fault of the program itself in one sentence: what, and where in its code."""
    places = [at for at in traceback.extract_tb(fault.__traceback__) if "amyloid" in at.filename]
    at = f"{Path(places[-1].filename).name}, line {places[-1].lineno}" if places else "its start"
    what = " ".join(f"{type(fault).__name__}: {fault}".split())[:200]
    return (
        f"The program met something that it does not expect ({what}; {at}). Nothing was written. "
        f"Please report it; with {SHOW_ALL}=1 it shows the whole trace."
    )


def _place(fault: Exception) -> str:
    name = getattr(fault, "filename", None)
    return f": {os.fsdecode(name)[:200]}" if name else ""
