"""Progress is told on the terminal, in numbers."""

from __future__ import annotations

import contextlib
import os

import pytest

from edges_nb.models.api import Run
from edges_nb.models.results import Progress
from edges_nb.notebook.progress import on_terminal, waiting_on_terminal


def progress(done: int, total: int, pause: float = 0.0, attention: int = 0) -> Progress:
    return Progress(
        total=total,
        done=done,
        migrated=done - 1 - attention,
        rolled_back=1,
        attention=attention,
        waiting=total - done,
        sentence="One more is done.",
        per_second=10.0,
        pause=pause,
    )


def test_counts_of_migrated_rolled_back_and_waiting_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with on_terminal(5) as show:
        show(progress(3, 5))
        show(progress(5, 5))
    shown = capsys.readouterr()
    assert "4 replaced, 1 left as before, 0 waiting" in shown.err
    assert shown.err.splitlines()[-1].startswith("edges-nb: 5 of 5 schedules: ")
    assert shown.out == ""


def test_what_holds_everything_back_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with on_terminal(5) as show:
        show(progress(5, 5, pause=12.4, attention=2))
    assert "2 to look at, held back by the server for 12 s" in capsys.readouterr().err


def test_a_terminal_that_is_gone_is_let_go_of_with_one_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as stream:
        monkeypatch.setattr("sys.stderr", stream)
        with on_terminal(5) as show:
            for done in range(1, 6):
                show(progress(done, 5))
        monkeypatch.undo()
        with contextlib.suppress(BrokenPipeError):
            stream.close()
    assert [record.getMessage() for record in caplog.records] == [
        "Progress is not shown any more: BrokenPipeError."
    ]


@pytest.mark.parametrize("total", [0, 1])
def test_a_single_one_needs_no_progress(total: int, capsys: pytest.CaptureFixture[str]) -> None:
    with on_terminal(total) as show:
        show(progress(total, total))
    assert capsys.readouterr().err == ""


def test_starts_are_told_in_words_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    with on_terminal(5, ("started", "not started")) as show:
        show(progress(5, 5))
    assert "4 started, 1 not started, 0 waiting" in capsys.readouterr().err


def test_what_is_waited_for_is_told_with_its_status_and_the_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = Run(uid="run-1", status="RUNNING")
    with waiting_on_terminal(600) as show:
        show(run, 0.0)
        show(run, 0.4)
    shown = capsys.readouterr()
    assert shown.err == "edges-nb: 0 of 600 seconds: run-1 is RUNNING\n"
    assert shown.out == ""


def test_a_log_gets_plain_lines_and_a_terminal_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with on_terminal(5) as show:
        for done in range(1, 6):
            show(progress(done, 5))
    told = capsys.readouterr().err
    assert [line.partition(" schedules")[0] for line in told.splitlines()] == [
        "edges-nb: 1 of 5",
        "edges-nb: 5 of 5",
    ]
    assert told.isascii()
    assert "\r" not in told

    reader, writer = os.openpty()
    with os.fdopen(writer, "w") as terminal, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", terminal)
        with on_terminal(5) as show:
            show(progress(5, 5))
    shown = os.read(reader, 10_000).decode()
    os.close(reader)
    assert "5/5" in shown
    assert "4 replaced" in shown
