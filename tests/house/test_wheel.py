"""The wheel carries what a notebook and a report need."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def built(folder: Path) -> Path:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_wheel_is_the_same_whenever_it_is_built(tmp_path: Path) -> None:
    first = built(tmp_path / "first").read_bytes()
    (ROOT / "LICENSE").touch()
    assert built(tmp_path / "second").read_bytes() == first


def test_the_wheel_carries_notebooks_templates_and_types(tmp_path: Path) -> None:
    wheel = built(tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    notebooks = {f"edges_nb/_notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    package = ROOT / "edges_nb"
    files = {
        f"edges_nb/{path.relative_to(package)}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert notebooks
    assert notebooks | files <= names
    assert not any(name.startswith("tests/") for name in names)
