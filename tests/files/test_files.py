"""Files are private, whole, and never written through a symlink."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edges_nb.errors import NotWritten
from edges_nb.notebook.artifacts import as_json
from edges_nb.private_files import private_folder, write_private


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_file_is_its_owners_only_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_private(tmp_path / "plan.json", "{}")
    finally:
        os.umask(old)
    assert mode(tmp_path / "plan.json") == 0o600
    assert (tmp_path / "plan.json").read_text() == "{}"


def test_file_that_others_could_read_becomes_private_when_it_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("old")
    (tmp_path / "plan.json").chmod(0o644)
    write_private(tmp_path / "plan.json", "new")
    assert mode(tmp_path / "plan.json") == 0o600
    assert (tmp_path / "plan.json").read_text() == "new"


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    for content in ("first", b"second"):
        write_private(tmp_path / "plan.json", content)
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


def test_text_is_written_as_utf_8(tmp_path: Path) -> None:
    write_private(tmp_path / "plan.json", "Réseau ✓")
    assert (tmp_path / "plan.json").read_bytes() == "Réseau ✓".encode()


def test_text_comes_in_parts_and_is_whole_or_not_there_at_all(tmp_path: Path) -> None:
    write_private(tmp_path / "plan.json", (part for part in ("Réseau", " ", "✓")))
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == "Réseau ✓"

    def broken() -> Iterator[str]:
        yield "half"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_private(tmp_path / "plan.json", broken())
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == "Réseau ✓"
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


def test_json_of_a_file_has_a_line_for_each_row_that_comes() -> None:
    told = {"digest": "plan-1", "items": iter([{"uid": "é"}, {"uid": "b"}]), "none": iter([]), "next": {}}
    assert "".join(as_json(told)).splitlines() == [
        "{",
        '"digest": "plan-1",',
        '"items": [',
        '{"uid": "é"},',
        '{"uid": "b"}',
        "],",
        '"none": [],',
        '"next": {}',
        "}",
    ]


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_full_disk_leaves_the_previous_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    write_private(tmp_path / "plan.json", "old")

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(NotWritten, match=r"plan\.json.*no space left"):
            write_private(tmp_path / "plan.json", "new")
    assert (tmp_path / "plan.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


def test_really_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """/dev/full stands for the disk: every write to it fails for want of room."""
    real = os.open

    def open_full(path: str | Path, flags: int, *args: int, **kwargs: int) -> int:
        writing = flags & os.O_WRONLY
        return real("/dev/full", os.O_WRONLY) if writing else real(path, flags, *args, **kwargs)

    monkeypatch.setattr(os, "open", open_full)
    with pytest.raises(NotWritten, match="no space left"):
        write_private(tmp_path / "plan.json", "new")


def test_symlink_is_neither_followed_nor_replaced(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("theirs")
    (tmp_path / "plan.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotWritten, match="symlink"):
        write_private(tmp_path / "plan.json", "ours")
    assert (tmp_path / "elsewhere").read_text() == "theirs"
    assert (tmp_path / "plan.json").is_symlink()


def test_folder_that_is_a_symlink_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "theirs")
    with pytest.raises(NotWritten):
        write_private(tmp_path / "out" / "plan.json", "ours")
    with pytest.raises(NotWritten):
        private_folder(tmp_path / "out")
    assert list((tmp_path / "theirs").iterdir()) == []


def test_made_folders_are_private_and_old_ones_stay_as_they_are(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_folder(tmp_path / "a" / "b")
    assert [mode(path) for path in (tmp_path / "a" / "b", tmp_path / "a")] == [0o700, 0o700]
    assert mode(tmp_path) == 0o755


def test_file_in_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(NotWritten, match="out"):
        private_folder(tmp_path / "out")
    with pytest.raises(NotWritten, match="out"):
        private_folder(tmp_path / "out" / "below")
