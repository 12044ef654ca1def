"""What several threads save at the same time is committed once, and each of them knows how it ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from edges_nb.ledger.group_commit import Together


class Disk:
    """Takes entries once it is let; it can be made to refuse the second commit."""

    def __init__(self, refuses: BaseException | None = None) -> None:
        self.commits: list[list[int]] = []
        self.begun, self.let = threading.Event(), threading.Event()
        self._refuses = refuses

    def commit(self, entries: Sequence[int]) -> None:
        self.begun.set()
        assert self.let.wait(10)
        if self.commits and self._refuses:
            raise self._refuses
        self.commits.append(list(entries))


def handed_in_while_one_is_committed(disk: Disk) -> dict[int, str]:
    """Hand in 0, and 1 to 8 while it is being committed; tell how each ended, in the words of its thread."""
    together = Together(disk.commit)
    ended: dict[int, str] = {}

    def hand_in(entry: int) -> Callable[[], None]:
        def run() -> None:
            try:
                together.hand_in(entry)
                ended[entry] = "durable" if any(entry in commit for commit in disk.commits) else "lost"
            except OSError as error:
                ended[entry] = str(error)

        return run

    threads = [threading.Thread(target=hand_in(entry)) for entry in range(9)]
    threads[0].start()
    assert disk.begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(together._tickets) < 8:
        threading.Event().wait(0.001)
    disk.let.set()
    for thread in threads:
        thread.join(10)
    return ended


def test_those_who_wait_for_a_commit_share_the_next_one() -> None:
    disk = Disk()
    assert handed_in_while_one_is_committed(disk) == dict.fromkeys(range(9), "durable")
    assert [sorted(commit) for commit in disk.commits] == [[0], [*range(1, 9)]]


def test_each_of_those_who_share_a_commit_is_told_that_it_failed() -> None:
    disk = Disk(refuses=OSError("no room"))
    ended = handed_in_while_one_is_committed(disk)
    assert ended == {0: "durable", **dict.fromkeys(range(1, 9), "no room")}


def test_a_commit_after_one_that_failed_is_tried_anew() -> None:
    disk = Disk(refuses=OSError("no room"))
    disk.let.set()
    together = Together(disk.commit)
    together.hand_in(1)
    with pytest.raises(OSError, match="no room"):
        together.hand_in(2)
    disk._refuses = None
    together.hand_in(3)
    assert disk.commits == [[1], [3]]
