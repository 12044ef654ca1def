"""Forks processes that are going to be killed from one that has loaded everything, which takes a second.

`multiprocessing` has such a server, too, but there each process loads the main module again: all of pytest.
"""

import functools
import gc
import os
import pickle
import signal
import ssl
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import httpcore  # noqa: F401 - httpx loads it with its first client

from edges_nb.engine import executor  # noqa: F401 - a plan loads it when it is applied
from edges_nb.errors import EdgesNbError
from edges_nb.models.results import Outcome

from . import victim
from .victim import Errand, Point

_TOP = Path(__file__).parents[__name__.count(".")]
"""Where this package is found by the name that it has here: pytest leaves `tests` out of it."""

_PATIENCE = 60
"""Real seconds after which a process hangs, and is ended by its alarm."""


@dataclass
class Ended:
    """How a process ended.

    Attributes:
        code: negative for the signal that killed it.
        outcome, error: what it told, where it came to its end.
        mode: of the schedules that it makes, as a bench asks.
    """

    code: int
    outcome: Outcome | None
    error: EdgesNbError | None = None
    mode: str = "incremental"

    @property
    def dead(self) -> bool:
        return self.code in (-signal.SIGKILL, -signal.SIGXFSZ)


class Nursery:
    """One process after the other, each by its own id and in its own group."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", __name__]
        self._server = subprocess.Popen(
            command, cwd=_TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )

    def start(self, errand: Errand, point: Point | None) -> int:
        """Start a process and return its id."""
        assert self._server.stdin is not None
        pickle.dump((errand, point), self._server.stdin)
        self._server.stdin.flush()
        pid: int = self._heard()
        return pid

    def wait(self) -> Ended:
        """Wait until the process that was started last is over."""
        code, told = self._heard()
        return Ended(code, None, told) if isinstance(told, EdgesNbError) else Ended(code, told)

    def close(self) -> None:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()

    def _heard(self) -> Any:
        assert self._server.stdout is not None
        return pickle.load(self._server.stdout)


def _serve() -> None:
    # Each client reads the system's certificates again, though nothing here is encrypted.
    ssl.create_default_context = functools.cache(ssl.create_default_context)
    ssl.create_default_context()
    # What is there before a fork is not looked at, and so not copied, by the children's garbage collectors.
    gc.freeze()
    while True:
        try:
            errand, point = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _live(errand, point, writer)
        os.close(writer)
        _tell(pid)
        with os.fdopen(reader, "rb") as pipe:
            answer = pipe.read()
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        _tell((code, pickle.loads(answer) if answer and code in (0, 1) else None))


def _live(errand: Errand, point: Point | None, answer: int) -> NoReturn:
    os.setpgrp()
    signal.alarm(_PATIENCE)
    told: Outcome | EdgesNbError
    try:
        try:
            told = victim.run(errand, point)
        except EdgesNbError as error:
            told = error
        with os.fdopen(answer, "wb") as pipe:
            pickle.dump(told, pipe)
        os._exit(isinstance(told, EdgesNbError))
    except BaseException:  # noqa: BLE001 - the nursery's own code may not go on in a child
        traceback.print_exc()
    os._exit(2)


def _tell(value: object) -> None:
    pickle.dump(value, sys.stdout.buffer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
