"""Files that only their owner can read, and that are replaced whole or not at all."""

import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edges_nb.errors import NotWritten

if not hasattr(os, "O_DIRECTORY"):
    raise ImportError("edges-nb needs Linux or macOS: on Windows, install and run it in WSL.")

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def write_private(path: Path, content: str | bytes | Iterable[str]) -> None:
    """Write a file with mode 0600; whoever reads it meanwhile sees what was there before, whole.

    Args:
        content: a text may come in parts, which are written as they come.

    Raises:
        NotWritten: there is no room, no permission, or a symlink where the file or its folder should be.
    """
    parts: Iterable[str | bytes] = [content] if isinstance(content, str | bytes) else content
    try:
        with _opened(path.parent) as folder:
            _refuse_symlink(path.name, folder)
            _replace(path.name, parts, folder)
    except OSError as error:
        raise NotWritten(
            f"{path} can't be written ({_cause(error)}); what was there before is still whole. "
            "Make room or choose another folder, and run it again."
        ) from error


def private_folder(path: Path) -> Path:
    """Make a folder, and the missing ones above it, with mode 0700; one that is there stays as it is.

    Raises:
        NotWritten: it can't be made, or a file or a symlink is in its place.
    """
    try:
        for folder in (*reversed(path.parents), path):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
        with _opened(path):
            return path
    except OSError as error:
        raise NotWritten(
            f"{path} can't be used as a folder ({_cause(error)}): choose another one."
        ) from error


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    # Files are named relative to the open folder, so that nobody can put a symlink in its place meanwhile.
    descriptor = os.open(folder, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _refuse_symlink(name: str, folder: int) -> None:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        raise OSError("a symlink is in its place")


def _replace(name: str, parts: Iterable[str | bytes], folder: int) -> None:
    temporary = f".{name}.{secrets.token_hex(8)}"
    try:
        # The umask can only take permissions away, and 0600 has none that it usually takes.
        descriptor = os.open(temporary, _NEW_FILE, 0o600, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(part.encode() if isinstance(part, str) else part for part in parts)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        raise
    with suppress(OSError):  # some file systems can't; the file itself is safe
        os.fsync(folder)


def _cause(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Return what tells one writing of a file from another, None where it is not there or can't be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
