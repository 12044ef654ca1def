"""One run at a time on one workspace of one ledger, and no lock that outlives its process."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from edges_nb.ledger.locks import LedgerBusyError
from edges_nb.ledger.store import Ledger

from .records import WORKSPACE

HOLD = (
    "import sys; from edges_nb.ledger.store import Ledger\n"
    "with Ledger.open(sys.argv[1]).lock(sys.argv[2]): print('held', flush=True); sys.stdin.read()"
)


def test_second_run_in_the_same_process_is_kept_out(ledger: Ledger, path: Path) -> None:
    with ledger.lock(WORKSPACE), pytest.raises(LedgerBusyError, match="wait until it has ended"):  # noqa: SIM117
        with Ledger.open(path).lock(WORKSPACE):
            raise AssertionError("two runs at once")


def test_error_of_a_second_run_survives_pickling() -> None:
    error = LedgerBusyError()
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (LedgerBusyError, str(error))


def test_another_workspace_is_free(ledger: Ledger) -> None:
    with ledger.lock(WORKSPACE), ledger.lock("https://other.example.com/v1"):
        pass


def test_lock_is_free_again_afterwards(ledger: Ledger) -> None:
    for _ in range(2):
        with ledger.lock(WORKSPACE):
            pass


def test_lock_dies_with_its_process(ledger: Ledger, path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(path), WORKSPACE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LedgerBusyError), ledger.lock(WORKSPACE):
            raise AssertionError("two runs at once")
        holder.kill()
        holder.wait()
        with ledger.lock(WORKSPACE):
            pass
