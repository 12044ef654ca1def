"""The process that runs a notebook: this interpreter, reached over private sockets, and told to end."""

import logging
import os
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

from edges_nb.notebook.progress import LOG, TERMINAL
from edges_nb.redaction import without_secrets

_PLAIN = re.compile(r"[\w./+-]{1,70}", re.ASCII)
"""Folders in which a socket can be made: its path, of 107 bytes at the most, is 32 longer."""

_PATIENCE = 30
"""Seconds for a kernel that was told to stop: a run ends within 20, and its report has to be written."""

_LAST_LINES = 3


class Stop:
    """A signal that came while a notebook ran.

    Attributes:
        number: the signal's, 0 where none came.
    """

    number = 0

    @property
    def name(self) -> str:
        """The signal's name, such as SIGTERM."""
        return signal.Signals(self.number).name if self.number else ""


class Kernel:
    """Where a kernel's sockets and output are, and how it is started.

    Attributes:
        config: for the kernel's manager.
        manager_class: to give to nbclient.
    """

    def __init__(self, folder: str, environment: Mapping[str, str], secret: str) -> None:
        self._output = Path(folder, "kernel.log")
        self._secret = secret
        plain = _PLAIN.fullmatch(folder)
        place = {"connection_file": f"{folder}/kernel.json"}
        # Sockets in a private folder instead of TCP ports: other users can't listen, and ports can't clash.
        self.config = {"KernelManager": {**place, "transport": "ipc"} if plain else place}
        self._managers: list[Any] = []
        self._is_to_end = False
        self.manager_class = self._own_interpreter({**environment, **_of_its_own(folder)})

    def end(self) -> None:
        """Tell the kernel to end: a step ends what it began; before, between and after steps it ends at once.

        An interrupt would not do: a kernel that starts, or is between two cells, ignores it and goes on.
        """
        self._is_to_end = True
        for manager in self._managers:
            with suppress(OSError, AttributeError, TypeError):  # it has no process yet, or none any more
                os.kill(manager.provisioner.pid, signal.SIGTERM)

    def last_words(self) -> str:
        """Return the last lines of the kernel's output, in one line and without secrets."""
        try:
            lines = self._output.read_text("utf-8", errors="replace").split("\n")
        except OSError:
            return ""
        told = " / ".join([line.strip() for line in lines if line.strip()][-_LAST_LINES:])
        return without_secrets(told, 400, secrets=[self._secret])

    def _own_interpreter(self, environment: Mapping[str, str]) -> type[Any]:
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager

        kernel = self

        class OwnInterpreter(AsyncKernelManager):
            """Starts the interpreter that runs this, whatever kernel specs a machine has."""

            @property
            def kernel_spec(self) -> KernelSpec:
                start = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
                return KernelSpec(argv=start, display_name="Python 3", language="python")

            async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
                kernel._managers.append(self)
                terminal = os.dup(_terminal())
                with os.fdopen(terminal, "wb"), kernel._output.open("wb") as errors:
                    given = {**os.environ, **environment, TERMINAL: str(terminal)}
                    if logging.getLogger("edges_nb").isEnabledFor(logging.INFO):
                        given[LOG] = "1"
                    await super().start_kernel(env=given, stderr=errors, pass_fds=(terminal,), **options)
                if kernel._is_to_end:
                    kernel.end()

        return OwnInterpreter


@contextmanager
def private_sockets() -> Iterator[str]:
    """Make a folder for a kernel's sockets, where the paths of such can be, and remove it afterwards."""
    folders = [tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"]  # noqa: S108 - made private below
    usable = [
        folder for folder in folders if _PLAIN.fullmatch(folder) and os.access(folder, os.W_OK | os.X_OK)
    ]
    with tempfile.TemporaryDirectory(prefix="edges-nb-", dir=(usable or folders)[0]) as folder:
        yield folder


@contextmanager
def stopping(kernel: Kernel) -> Iterator[Stop]:
    """Pass the signals that end a process on to its kernel, once, and wait for it within a bound.

    A second signal, or the bound's end, ends the kernel at once.
    """
    stop = Stop()

    def told(number: int, frame: FrameType | None) -> None:
        again = bool(stop.number)
        stop.number = stop.number or (signal.SIGTERM if number == signal.SIGALRM else number)
        if again:
            raise KeyboardInterrupt
        signal.alarm(_PATIENCE)
        kernel.end()

    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread gets signals
        return
    ending = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    # What is ignored, as SIGHUP is after nohup, stays so.
    taken = [number for number in ending if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, told) for number in [*taken, signal.SIGALRM]}
    try:
        yield stop
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminal() -> int:
    """Return the standard error of this process: the kernel's own one is kept for what it dies of."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):  # closed, or replaced as by a test
        return os.open(os.devnull, os.O_WRONLY)


def _of_its_own(folder: str) -> dict[str, str]:
    """Return what keeps a person's profile and way of drawing out: reports draw to a file, with defaults."""
    package = find_spec("matplotlib")
    defaults = Path(package.origin or "").parent / "mpl-data" / "matplotlibrc" if package else Path()
    return {"IPYTHONDIR": f"{folder}/ipython", "MPLBACKEND": "agg", "MATPLOTLIBRC": str(defaults)}
