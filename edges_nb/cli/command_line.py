"""The program: its commands, what holds for all of them, and how it ends."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from edges_nb.cli import console, fleet_commands, ledger_commands, notebook_commands, workspace_commands

app = typer.Typer(
    help="Migrate Edges LinkedIn schedules to incremental mode, without losing or doubling one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (notebook_commands.app, workspace_commands.app):
    app.registered_commands += part.registered_commands
app.add_typer(fleet_commands.fleet_app, name="fleet")
app.add_typer(ledger_commands.ledger_app, name="ledger")

_FOR_ALL = ("--verbose", "--quiet", "--workspaces")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"edges-nb {version('edges-nb')}")
        raise typer.Exit


@app.callback()
def _for_all(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Tell each request on standard error.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what is wrong.")] = False,
    workspaces: Annotated[
        str, typer.Option("--workspaces", help="The file that names workspaces; else EDGES_WORKSPACES.")
    ] = "",
) -> None:
    if workspaces:
        os.environ["EDGES_WORKSPACES"] = workspaces
    console.prepare(quiet=quiet, verbose=verbose)


def main() -> None:
    """Run the command line; what people can mend is told in one sentence."""
    from edges_nb.errors import BadInput, EdgesNbError

    # jsonschema, which nbformat loads, else spends two seconds on a grammar for checks that nobody asks for.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    console.make_writable()
    if not hasattr(os, "O_DIRECTORY"):
        console.complain("edges-nb needs Linux or macOS: on Windows, install and run it in WSL.")
        raise SystemExit(2)
    try:
        Path.home()
    except RuntimeError:  # libraries below fail where a user has no home, and do well where it is not there
        os.environ["HOME"] = "/nonexistent"
    _put_first(sys.argv)
    try:
        app()
    except EdgesNbError as error:
        console.complain(str(error))
        raise SystemExit(2 if isinstance(error, BadInput) else 1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except OSError as error:
        console.complain(f"{error.filename or 'A file'} can't be used ({error.strerror or error}).".lower())
        raise SystemExit(1) from None
    except Exception as error:  # noqa: BLE001 - a traceback shows values, and helps nobody who runs this
        console.complain(_defect(error))
        raise SystemExit(1) from None
    finally:
        console.let_go()


def _defect(error: Exception) -> str:
    from traceback import extract_tb

    from edges_nb.redaction import without_secrets

    frame = extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename.rpartition('/')[2]}, line {frame.lineno}"
    return f"{type(error).__name__} in {place}: {without_secrets(str(error))} Please report this."


def _put_first(arguments: list[str]) -> None:
    """Let options for all commands stand behind a command too, but for lab, which passes its options on."""
    if "lab" not in arguments[1:2]:
        found: list[str] = []
        others: list[str] = []
        for argument in arguments[1:]:
            for_all = argument in _FOR_ALL or argument.startswith("--workspaces=")
            (found if for_all or found[-1:] == ["--workspaces"] else others).append(argument)
        arguments[1:] = found + others
