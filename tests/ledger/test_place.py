"""One ledger is one file with one lock, however it is spelt and whatever disk it is on."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest
from filelock import FileLock

from edges_nb.errors import BadInput, LedgerError
from edges_nb.ledger import place
from edges_nb.ledger.locks import LedgerBusyError
from edges_nb.ledger.place import Place, on_network
from edges_nb.ledger.states import State
from edges_nb.ledger.store import Ledger

from .records import CALLBACK, WORKSPACE, record


def _by_url(path: Path) -> str:
    return f"sqlite:///{path}"


def _by_linked_folder(path: Path) -> str:
    link = path.parent.parent / "link"
    link.symlink_to(path.parent)
    return str(link / path.name)


def _with_dots(path: Path) -> str:
    return str(path.parent / ".." / path.parent.name / path.name)


@pytest.mark.parametrize("spelling", [_by_url, _by_linked_folder, _with_dots])
def test_two_spellings_of_one_file_have_one_lock(
    ledger: Ledger, path: Path, spelling: Callable[[Path], str]
) -> None:
    with closing(Ledger.open(spelling(path))) as other, ledger.lock(WORKSPACE):
        assert other.file == ledger.file
        with pytest.raises(LedgerBusyError), other.lock(WORKSPACE):
            raise AssertionError("two runs at once")


def test_a_relative_path_is_the_same_file_wherever_the_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(Ledger.open("ledger.sqlite")) as ledger:
        monkeypatch.chdir("/")
        ledger.save(record(), "read", "seen")
        assert ledger.file == tmp_path / "ledger.sqlite"
        assert ledger.is_same_file()


def test_a_ledger_by_url_is_closed_to_others_and_survives_a_power_cut(path: Path) -> None:
    with closing(Ledger.open(_by_url(path))) as ledger, ledger.lock(WORKSPACE):
        ledger.save(record(), "read", "seen")
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
        with ledger.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_second_name_of_the_file_is_refused(ledger: Ledger, path: Path) -> None:
    (path.parent / "other.sqlite").hardlink_to(path)
    with pytest.raises(LedgerError, match="second name"):
        Ledger.open(path.parent / "other.sqlite")


@pytest.mark.parametrize("text", ["", "\0", "sqlite://", "sqlite:///:memory:"])
def test_what_names_no_file_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="does not name a file"):
        Place.of(text)


MOUNTS = """\
22 1 254:1 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /home/shared rw - nfs4 server:/export rw
31 22 0:41 / /media/with\\040space rw master:1 - cifs //server/share rw
32 30 254:1 / /home/shared/local rw - ext4 /dev/vdb rw
33 22 0:50 / /var/lib/box rw - overlay overlay rw
"""


@pytest.mark.parametrize(
    ("file", "shared"),
    [
        ("/srv/ledger.sqlite", False),
        ("/home/shared/ledger.sqlite", True),
        ("/home/shared-not/ledger.sqlite", False),
        ("/media/with space/ledger.sqlite", True),
        ("/home/shared/local/ledger.sqlite", False),
        ("/var/lib/box/ledger.sqlite", False),
    ],
)
def test_a_file_system_that_machines_share_is_recognised(
    file: str, shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS)
    monkeypatch.setattr(place, "MOUNTS", tmp_path / "mountinfo")
    assert on_network(Path(file)) is shared


def test_on_a_shared_file_system_there_is_no_log_in_shared_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger.open(path).close()
    (path.parent / "mountinfo").write_text(f"30 22 0:40 / {path.parent} rw - nfs4 server:/export rw\n")
    monkeypatch.setattr(place, "MOUNTS", path.parent / "mountinfo")
    with pytest.warns(UserWarning, match="machines share"):
        opened = Ledger.open(path)
    with closing(opened) as ledger:
        ledger.save(record(), "read", "seen")
        with ledger.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        assert not list(path.parent.glob("*-wal"))


@pytest.mark.parametrize("error", [OSError(37, "No locks available"), NotImplementedError("flock")])
def test_a_file_system_without_locks_is_told(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with pytest.raises(LedgerError, match="can't lock files"), ledger.lock(WORKSPACE):
        raise AssertionError("no lock")


def _flip(path: Path, needle: bytes, replacement: bytes) -> None:
    content = path.read_bytes()
    assert needle in content
    path.write_bytes(content.replace(needle, replacement))


@pytest.mark.parametrize(
    ("needle", "replacement"),
    [
        (b"https://hooks.example.com/in", b"\xff\xfe\xfd\xfc\xfb/hooks.example.com/in"),
        (b'{"action":', b'{"action"\x00'),
        (b'{"uid":"old-1"', b'{"uid":\xc3old-1"'),
    ],
)
def test_flipped_bits_are_told_in_one_sentence_without_what_they_hit(
    path: Path, needle: bytes, replacement: bytes
) -> None:
    with closing(Ledger.open(path)) as ledger:
        ledger.save(record(state=State.PAUSED), "pause", "done")
    _flip(path, needle, replacement)
    with pytest.raises(LedgerError, match="damaged") as caught, closing(Ledger.open(path)) as ledger:
        ledger.past(WORKSPACE)
    assert CALLBACK["url"].partition("?")[2] not in str(caught.value)
    assert str(caught.value).count(". ") == 0


def test_a_damaged_page_is_noticed_on_opening(path: Path) -> None:
    with closing(Ledger.open(path)) as ledger:
        for number in range(50):
            ledger.save(record(f"old-{number}"), "read", "seen")
    content = bytearray(path.read_bytes())
    content[-4096 * 3 : -4096 * 2] = b"\x5a" * 4096
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="damaged"):
        Ledger.open(path)


def test_a_large_ledger_is_checked_where_it_was_left_open(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Ledger.open(path)) as ledger:
        for number in range(50):
            ledger.save(record(f"old-{number}"), "read", "seen")
    monkeypatch.setattr("edges_nb.ledger.database._SMALL", 0)
    with closing(sqlite3.connect(path)) as at_work:
        at_work.execute("INSERT INTO about VALUES ('a', 'b')")
        at_work.commit()
        page = at_work.execute("SELECT rootpage FROM sqlite_master WHERE name = 'replacements'").fetchone()[0]
        with path.open("r+b") as file:
            file.seek((page - 1) * 4096)
            file.write(b"\x5a" * 4096)
        with pytest.raises(LedgerError, match="damaged"):
            Ledger.open(path)
