"""Several who need a reading at the same time share one, and nobody gets one that began before."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from edges_nb.engine.single_flight import SharedReading

PATIENCE = 10


def test_who_asks_while_it_is_read_shares_the_next_reading() -> None:
    began, go_on = threading.Event(), threading.Event()
    readings: list[int] = []

    def read() -> int:
        readings.append(len(readings) + 1)
        if len(readings) == 1:
            began.set()
            assert go_on.wait(PATIENCE)
        return len(readings)

    shared = SharedReading(read)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(shared.get)
        assert began.wait(PATIENCE)
        second = pool.submit(shared.get)
        while shared._next is None:
            threading.Event().wait(0.001)
        joined = count_joins(shared._next)
        others = [second, *(pool.submit(shared.get) for _ in range(4))]
        for _ in range(4):
            assert joined.acquire(timeout=PATIENCE)
        go_on.set()
        assert first.result(PATIENCE) == 1
        assert [other.result(PATIENCE) for other in others] == [2] * 5
    assert readings == [1, 2]
    assert shared.get() == 3, "one who asks alone gets a reading of its own"


def count_joins(reading: Future[int]) -> threading.Semaphore:
    """Tell by a semaphore how many threads wait for a reading from now on."""
    joined, result = threading.Semaphore(0), reading.result

    def counted(timeout: float | None = None) -> int:
        joined.release()
        return result(timeout)

    reading.result = counted  # type: ignore[method-assign]
    return joined


def test_an_error_is_raised_for_all_and_the_next_reads_again() -> None:
    answers = iter([ValueError("cut"), 7])

    def read() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    shared = SharedReading(read)
    with pytest.raises(ValueError, match="cut"):
        shared.get()
    assert shared.get() == 7
