"""The command line: `edges-nb --help` lists what it can do.

Exit codes: 0 all is well, 1 something failed or needs attention, 2 what was asked can't be done.
"""

# What a command needs is imported inside it, so that --help answers at once.
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from edges_nb.cli_ledger import ledger_app

if TYPE_CHECKING:
    from edges_nb.settings import Settings

app = typer.Typer(
    help="Migrate Edges LinkedIn schedules to incremental mode, without losing or doubling one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(ledger_app, name="ledger")

_CONNECTIONS = "linkedin-extract-connections"

Action = Annotated[str, typer.Option(help="The action whose schedules are meant.")]
Only = Annotated[str, typer.Option(help="Uids of schedules, separated by commas; all when left out.")]
Limit = Annotated[int, typer.Option(help="Replace so many at the most; 0 for all.")]
Overrides = Annotated[str, typer.Option(help="CSV file with what the plan can't know, by schedule_uid.")]
MaxResults = Annotated[int, typer.Option(help="Items per run at the most; 0 keeps what was.")]
FirstRun = Annotated[
    Literal["api", "next"],
    typer.Option(help="Leave the first run to the API, or keep the next execution of the old schedule."),
]
Order = Annotated[
    Literal["pause", "guide"],
    typer.Option(help="guide cancels first: only for workspaces that can't pause a schedule."),
]
Approve = Annotated[str, typer.Option(help="Digest of the reviewed plan; any other plan touches nothing.")]
Folder = Annotated[Path, typer.Option("--out-dir", help="Folder for notebook, report, plan and results.")]
Port = Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 for any free one.")]


@app.command()
def demo(out_dir: Folder = Path("demo")) -> None:
    """Preview and apply a migration on a sandbox, and leave notebooks and reports; needs no key."""
    import tempfile

    from edges_nb.redaction import Secret
    from edges_nb.settings import Settings, serve_sandbox

    # A sandbox of its own, whatever key is set: a demonstration must not touch a real workspace.
    sandbox = serve_sandbox()
    with tempfile.TemporaryDirectory(prefix="edges-nb-") as ledger:
        settings = Settings(Secret(sandbox.key), sandbox.base_url, f"{ledger}/ledger.sqlite", sandbox=True)
        _run("preview", out_dir / "preview", {}, settings)
        _run("apply", out_dir / "apply", {"approve": _digest(out_dir / "preview")}, settings)
    sandbox.stop()


@app.command()
def preview(
    action: Action = _CONNECTIONS,
    order: Order = "pause",
    only: Only = "",
    limit: Limit = 0,
    overrides: Overrides = "",
    max_results: MaxResults = 0,
    first_run: FirstRun = "api",
    out_dir: Folder = Path("out/preview"),
) -> None:
    """Tell what a migration would do, schedule by schedule; nothing is changed."""
    chosen = {"action": action, "order": order, "only": only, "limit": limit, "overrides": overrides}
    _run("preview", out_dir, {**chosen, "max_results": max_results, "first_run": first_run})


@app.command()
def apply(
    action: Action = _CONNECTIONS,
    order: Order = "pause",
    only: Only = "",
    limit: Limit = 0,
    overrides: Overrides = "",
    max_results: MaxResults = 0,
    first_run: FirstRun = "api",
    approve: Approve = "",
    out_dir: Folder = Path("out/apply"),
) -> None:
    """Migrate the schedules, or go on where an earlier run stopped."""
    chosen = {"action": action, "order": order, "only": only, "limit": limit, "overrides": overrides}
    more = {"max_results": max_results, "first_run": first_run, "approve": approve}
    _run("apply", out_dir, {**chosen, **more})


@app.command()
def undo(
    action: Action = _CONNECTIONS,
    order: Order = "pause",
    only: Only = "",
    approve: Approve = "",
    out_dir: Folder = Path("out/undo"),
) -> None:
    """Bring back what was there before a migration, of all schedules or some."""
    _run("undo", out_dir, {"action": action, "order": order, "only": only, "approve": approve})


@app.command()
def start(
    mode: Annotated[
        Literal["preview", "apply"], typer.Option(help="Show what would be sent, or send it.")
    ] = "preview",
    way: Annotated[
        Literal["schedule", "async"],
        typer.Option(help="By a cron, or at once and again each time this is run again."),
    ] = "schedule",
    action: Action = _CONNECTIONS,
    starts: Annotated[str, typer.Option(help="CSV file with a row for each identity.")] = "",
    identity_uid: Annotated[str, typer.Option(help="Who it runs as, where there is no CSV file.")] = "",
    inputs_json: Annotated[str, typer.Option(help="What is extracted from, as JSON.")] = "",
    callback_url: Annotated[
        str, typer.Option(help="Where results are sent; a secret one goes into the CSV.")
    ] = "",
    cron: Annotated[str, typer.Option(help="When it runs.")] = "0 9 * * *",
    timezone: Annotated[str, typer.Option(help="Of the cron; the identity's when left out.")] = "",
    max_results: Annotated[int, typer.Option(help="Items per run at the most; 0 for no limit.")] = 0,
    name: Annotated[str, typer.Option(help="Label on Edges.")] = "",
    wait_minutes: Annotated[int, typer.Option(help="How long an async run is waited for.")] = 120,
    approve: Approve = "",
    out_dir: Folder = Path("out/start"),
) -> None:
    """Start incremental schedules or runs, one for each identity; what is there already is left alone."""
    who = {"identity_uid": identity_uid, "inputs_json": inputs_json, "callback_url": callback_url}
    when = {"cron": cron, "timezone": timezone, "max_results": max_results, "name": name, "starts": starts}
    more = {"wait_minutes": wait_minutes, "approve": approve}
    _run_notebook(
        "03_start_incremental", out_dir, {"mode": mode, "way": way, "action": action, **who, **when, **more}
    )
    typer.echo(f"Plan:     {_digest(out_dir)}")


@app.command()
def watch(
    action: Action = _CONNECTIONS,
    days: Annotated[int, typer.Option(help="Count the runs of so many days; 0 for all.")] = 0,
    out_dir: Folder = Path("out/watch"),
) -> None:
    """Tell what became of incremental schedules; exits with 1 where something is at risk."""
    _run_notebook("04_watch", out_dir, {"action": action, "days": days, "rehearse_days": 0})


@app.command()
def report(
    place: Annotated[Path, typer.Argument(help="An executed notebook, or a folder of reports.")],
    output: Annotated[Path | None, typer.Option(help="Where to write it; else beside the notebook.")] = None,
    pdf: Annotated[bool, typer.Option(help="Print it on A4 too, with the Chromium that is there.")] = False,
) -> None:
    """Write the report of an executed notebook, or the index of a folder of reports."""
    from edges_nb.notebook.runner import REPORT, render
    from edges_nb.private_files import write_private
    from edges_nb.reports.index import index_page
    from edges_nb.reports.pdf import write_pdf

    if place.is_dir():
        page = output or place / "index.html"
        write_private(page, index_page(place))
    else:
        page = render(place, output or place.parent / REPORT)
    typer.echo(f"Report: {page}")
    if pdf:
        typer.echo(f"PDF:    {write_pdf(page.read_text('utf-8'), page.with_suffix('.pdf'))}")


@app.command()
def doctor(action: Action = _CONNECTIONS) -> None:
    """Look at a workspace without changing anything, and say what follows for a migration."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from edges_nb.client import Edges
    from edges_nb.doctor import examine

    table = Table("Looked at", "Seen", "Therefore", show_lines=True)
    with Edges.from_env() as edges:
        _tell_sandbox(edges.settings)
        findings = examine(edges, action)
        for finding in findings:
            table.add_row(Text(finding.topic), Text(finding.seen), Text(finding.therefore))
    Console().print(table)
    if any(finding.wrong for finding in findings):
        raise typer.Exit(1)


@app.command()
def sandbox(port: Port = 8765) -> None:
    """Serve a sandbox until Ctrl-C: an Edges API with an invented workspace, to try things on."""
    from edges_nb.settings import serve_sandbox

    server = serve_sandbox(port)
    typer.echo("SANDBOX: an invented workspace that ends with this command. In another terminal:")
    typer.echo(f"export EDGES_API_BASE={server.base_url} EDGES_API_KEY={server.key}")
    _wait_for_interrupt()
    server.stop()


@app.command()
def receive(
    out: Annotated[Path, typer.Option(help="File for what arrives, a line each.")] = Path("callbacks.jsonl"),
    port: Port = 0,
) -> None:
    """Receive callbacks on this machine until Ctrl-C, to try them out."""
    from edges_nb.sandbox.callback_receiver import Receiver

    with Receiver(out, port) as receiver:
        typer.echo(f"Callbacks to {receiver.url} go into {out}.")
        _wait_for_interrupt()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    folder: Annotated[Path, typer.Option(help="Where your copies of the notebooks are or go.")] = Path(
        "edges-notebooks"
    ),
) -> None:
    """Start JupyterLab on copies of the notebooks; without a key, all of them share one sandbox.

    Further options, such as --no-browser, go to JupyterLab.
    """
    from edges_nb.notebook.runner import copy_notebooks, kernel_environment
    from edges_nb.settings import Settings

    settings = Settings.from_env()
    if settings.sandbox:
        typer.echo("SANDBOX: the notebooks share an invented workspace that ends with this command.")
        os.environ.update(kernel_environment(settings))
    copy_notebooks(folder)
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(argv=[f"--ServerApp.root_dir={folder.resolve()}", *context.args])


def main() -> None:
    """Run the command line; what people can mend is told in one sentence."""
    from edges_nb.errors import BadInput, EdgesNbError

    # jsonschema, which nbformat loads, else spends two seconds on a grammar for checks that nobody asks for.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    try:
        app()
    except EdgesNbError as error:
        typer.echo(f"edges-nb: {error}", err=True)
        raise SystemExit(2 if isinstance(error, BadInput) else 1) from None


def _run(mode: str, folder: Path, given: Mapping[str, object], settings: "Settings | None" = None) -> None:
    _run_notebook("02_migrate", folder, {"mode": mode, **given}, settings)
    typer.echo(f"Plan:     {_digest(folder)}")


def _run_notebook(
    name: str, folder: Path, given: Mapping[str, object], settings: "Settings | None" = None
) -> None:
    """Run a notebook, say where everything is, and exit where something is wrong."""
    from edges_nb.notebook.runner import run
    from edges_nb.settings import Settings

    settings = settings or Settings.from_env()
    _tell_sandbox(settings)
    if given.get("mode", "preview") != "preview":
        _tell_workspace(settings)
    finished = run(name, given, folder, settings)
    typer.echo(f"Notebook: {finished.notebook}")
    typer.echo(f"Report:   {finished.report}")
    if finished.code:
        typer.echo(f"edges-nb: {finished.problem}", err=True)
        raise typer.Exit(finished.code)


def _tell_sandbox(settings: "Settings") -> None:
    if settings.sandbox:
        typer.echo("SANDBOX: an invented workspace on this machine; nothing real is touched.")


def _tell_workspace(settings: "Settings") -> None:
    """Say whose schedules are about to change, before they do."""
    from edges_nb.client import Edges

    with Edges(settings) as edges:
        typer.echo(f"Changes go to {edges.place}.")


def _digest(folder: Path) -> str:
    import json

    return str(json.loads((folder / "plan.json").read_text(encoding="utf-8"))["digest"])


def _wait_for_interrupt() -> None:
    import signal
    from contextlib import suppress

    # What a service manager or a script sends: a job in the background is started with SIGINT ignored.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        signal.pause()
