"""The command line, for cron and CI: each command runs a notebook, or says in one sentence why it does not.

Exit codes: 0 all is well, 1 something failed or needs attention, 2 what was asked can't be done.
"""

# Everything else loads in the commands, so that --help answers at once.
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from edges_nb.settings import Settings

app = typer.Typer(
    help="Migrate Edges schedules to incremental mode without losing or doubling one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

CONNECTIONS = "linkedin-extract-connections"


class Order(StrEnum):
    """How a schedule is replaced."""

    PAUSE = "pause"
    GUIDE = "guide"


class FirstRun(StrEnum):
    """When a new schedule runs first."""

    API = "api"
    NEXT = "next"


OutDir = Annotated[Path, typer.Option(help="Folder for the executed notebook, the report and the plan.")]
Action = Annotated[str, typer.Option(help="The action whose schedules are planned for.")]
Only = Annotated[str, typer.Option(help="Uids of schedules, separated by commas; all when absent.")]
Limit = Annotated[int, typer.Option(help="Replace so many at the most; 0 for all.")]
Overrides = Annotated[str, typer.Option(help="CSV with what the server does not tell.")]
MaxResults = Annotated[int, typer.Option(help="max_results for all; 0 keeps what each has.")]
First = Annotated[FirstRun, typer.Option(help="next keeps the old next execution as the first run.")]
Approve = Annotated[str, typer.Option(help="The digest of the reviewed plan; any other plan is refused.")]
Ordered = Annotated[Order, typer.Option(help="guide cancels first, for workspaces without pause.")]


@app.command()
def demo(out_dir: OutDir = Path("demo")) -> None:
    """Preview and apply a migration on a sandbox with a made-up workspace."""
    with _told():
        from edges_nb.settings import Settings

        # Without a key, whatever the environment says: a demonstration must not touch a real workspace.
        settings = Settings.from_env({}, out_dir / "no-settings")
        typer.echo("SANDBOX: a made-up workspace on this machine; nothing real is touched.")
        _run({"mode": "preview"}, out_dir / "preview", settings)
        _run({"mode": "apply"}, out_dir / "apply", settings)


@app.command()
def preview(
    out_dir: OutDir = Path("out"),
    action: Action = CONNECTIONS,
    only: Only = "",
    limit: Limit = 0,
    overrides: Overrides = "",
    max_results: MaxResults = 0,
    first_run: First = FirstRun.API,
) -> None:
    """Show what a migration would do; nothing is changed."""
    asked = {
        "mode": "preview",
        "action": action,
        "only": only,
        "limit": limit,
        "overrides": overrides,
        "max_results": max_results,
        "first_run": first_run.value,
    }
    with _told():
        _run(asked, out_dir)


@app.command()
def apply(
    out_dir: OutDir = Path("out"),
    approve: Approve = "",
    order: Ordered = Order.PAUSE,
    action: Action = CONNECTIONS,
    only: Only = "",
    limit: Limit = 0,
    overrides: Overrides = "",
    max_results: MaxResults = 0,
    first_run: First = FirstRun.API,
) -> None:
    """Migrate, or go on where an earlier run stopped."""
    asked = {
        "mode": "apply",
        "approve": approve,
        "order": order.value,
        "action": action,
        "only": only,
        "limit": limit,
        "overrides": overrides,
        "max_results": max_results,
        "first_run": first_run.value,
    }
    with _told():
        _run(asked, out_dir)


@app.command()
def undo(
    out_dir: OutDir = Path("out"),
    only: Only = "",
    approve: Approve = "",
    order: Ordered = Order.PAUSE,
    action: Action = CONNECTIONS,
) -> None:
    """Bring the original schedules back, and cancel what replaced them."""
    with _told():
        asked = {"mode": "undo", "only": only, "approve": approve, "order": order.value, "action": action}
        _run(asked, out_dir)


@app.command()
def report(
    notebook: Annotated[Path, typer.Argument(help="An executed notebook.")],
    out: Annotated[Path | None, typer.Option(help="The page; beside the notebook when absent.")] = None,
) -> None:
    """Make the page to review from an executed notebook."""
    with _told():
        from edges_nb.notebooks import render

        typer.echo(str(render(notebook, out or notebook.with_suffix(".html"))))


@app.command()
def doctor(action: Action = CONNECTIONS) -> None:
    """Look at a workspace without changing anything, and say what follows for a migration."""
    with _told():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        from edges_nb.client import Edges
        from edges_nb.doctor import examine

        table = Table("Looked at", "Seen", "Therefore", show_lines=True)
        with Edges.from_env() as edges:
            for finding in examine(edges, action):
                table.add_row(Text(finding.topic), Text(finding.seen), Text(finding.therefore))
        Console().print(table)


@app.command()
def sandbox(port: Annotated[int, typer.Option(help="On 127.0.0.1; 0 for any free one.")] = 0) -> None:
    """Serve a made-up workspace on this machine until interrupted."""
    with _told():
        from edges_nb.settings import serve_sandbox

        server = serve_sandbox(port)
        typer.echo(f"SANDBOX at {server.base_url}. Use it in another terminal with:")
        typer.echo(f"export EDGES_API_BASE={server.base_url} EDGES_API_KEY={server.key}")
        _wait_for_interrupt()
        server.stop()


@app.command()
def receive(
    out: Annotated[Path, typer.Option(help="File for what arrives, one line each.")] = Path(
        "callbacks.jsonl"
    ),
    port: Annotated[int, typer.Option(help="On 127.0.0.1; 0 for any free one.")] = 0,
) -> None:
    """Receive callbacks on this machine until interrupted, to try them out."""
    with _told():
        from edges_nb.receiver import Receiver

        with Receiver(out, port) as receiver:
            typer.echo(f"Callbacks to {receiver.url} go into {out}.")
            _wait_for_interrupt()


@app.command()
def lab(
    folder: Annotated[Path, typer.Argument(help="Where the notebooks are copied to.")] = Path("notebooks"),
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Open the notebooks in JupyterLab; without a key, on a sandbox that all of them share."""
    with _told():
        from edges_nb.notebooks import open_lab

        raise typer.Exit(open_lab(folder, browser=browser))


def main() -> None:
    """Run the command line."""
    app()


def _run(asked: Mapping[str, object], folder: Path, settings: "Settings | None" = None) -> None:
    from edges_nb.notebooks import run

    finished = run("02_migrate", asked, folder, settings)
    typer.echo(f"{finished.notebook}\n{finished.report}")
    if finished.code:
        typer.echo(finished.problem, err=True)
        raise typer.Exit(finished.code)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what can go wrong into one sentence and an exit code."""
    from edges_nb.errors import BadInput, EdgesNbError

    try:
        yield
    except BadInput as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except EdgesNbError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _wait_for_interrupt() -> None:
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        typer.echo("")
