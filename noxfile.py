"""The Pythons and the wheel, each in an environment of its own: `nox`, or `nox -s wheel`."""

from pathlib import Path

import nox

nox.options.sessions = ["demo", "wheel"]
nox.options.default_venv_backend = "uv|virtualenv"


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def demo(session: nox.Session) -> None:
    """Migrate a sandbox's workspace on each Python that is there."""
    session.install(".")
    session.run("edges-nb", "demo", "--out-dir", session.create_tmp())


@nox.session(python="3.11")
def wheel(session: nox.Session) -> None:
    """Build, check what is in it, install the wheel into an empty environment, and run it there."""
    folder = session.create_tmp()
    session.install("build", "twine")
    session.run("python", "-m", "build", "--outdir", folder)
    session.run("python", "-m", "twine", "check", "--strict", *_files(folder, "*"))
    session.install("--force-reinstall", *_files(folder, "*.whl"))
    session.run("edges-nb", "demo", "--out-dir", f"{folder}/demo")


def _files(folder: str, pattern: str) -> list[str]:
    return [str(path) for path in Path(folder).glob(pattern) if path.suffix in (".whl", ".gz")]
