"""`edges-nb ledger`: look into the record of what was done, check it, copy it, and remove what is old."""

# What a command needs is imported inside it, so that --help answers at once.
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from edges_nb.ledger.store import Ledger

ledger_app = typer.Typer(help="Show, check, copy or prune the record of what was done.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@ledger_app.command()
def show(
    with_secrets: Annotated[
        bool, typer.Option(help="Include the full requests, in which callbacks hold secrets.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell, for each workspace, how many replacements are in which state, and which are not finished."""
    from edges_nb.ledger.housekeeping import show as shown

    with _opened() as ledger:
        told = shown(ledger, with_secrets=with_secrets)
    if as_json:
        _print(told)
        return
    typer.echo(f"Ledger:    {told['ledger']} (tables of version {told['version']})")
    for workspace in told["workspaces"]:
        states = ", ".join(f"{number} {state}" for state, number in workspace["states"].items())
        typer.echo(f"Workspace: {workspace['workspace']}: {states}")
        for one in workspace["open"]:
            new = f", new schedule {one['new_uid']}" if one["new_uid"] else ""
            typer.echo(
                f"  not finished: {one['old_uid']} ({one['kind']}), {one['state']} since "
                f"{one['updated_at']}{new}"
            )
            if with_secrets:
                typer.echo(f"    {json.dumps(one['request'], ensure_ascii=False)}")
    if not told["workspaces"]:
        typer.echo("It is empty.")


@ledger_app.command()
def check(as_json: AsJson = False) -> None:
    """Read the ledger through; exits with 1 where something in it is damaged."""
    from edges_nb.ledger.housekeeping import check as checked

    with _opened() as ledger:
        place, counts = ledger.place, checked(ledger)
    if as_json:
        _print({"ledger": place, "rows": counts})
    else:
        typer.echo(f"{place} is whole: {_numbers(counts)}.")


@ledger_app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes; it holds secrets, as the ledger does.")],
    as_json: AsJson = False,
) -> None:
    """Write a copy as of one moment, also while the ledger is in use; EDGES_LEDGER can name the copy."""
    from edges_nb.ledger.housekeeping import backup as copied

    with _opened() as ledger:
        place = ledger.place
        copied(ledger, file)
    if as_json:
        _print({"ledger": place, "copy": str(file)})
    else:
        typer.echo(f"{place} was copied to {file}.")


@ledger_app.command()
def prune(
    before: Annotated[str, typer.Option(help="A date, such as 2026-01-31; what is younger stays.")],
    as_json: AsJson = False,
) -> None:
    """Remove what was finished before a date, with its events and plans; it can't be undone afterwards."""
    from datetime import date

    from edges_nb.errors import BadInput
    from edges_nb.ledger.housekeeping import prune as pruned

    try:
        day = date.fromisoformat(before)
    except ValueError:
        raise BadInput(f"--before is {before!r}: write a date, such as 2026-01-31.") from None
    with _opened() as ledger:
        place, counts = ledger.place, pruned(ledger, day)
    if as_json:
        _print({"ledger": place, "removed": counts})
    else:
        typer.echo(f"Removed from {place}: {_numbers(counts)}.")


def _opened() -> "AbstractContextManager[Ledger]":
    from edges_nb.ledger.housekeeping import open_existing
    from edges_nb.settings import ledger_from_env

    return closing(open_existing(ledger_from_env()))


def _numbers(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items())


def _print(value: Any) -> None:
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))
