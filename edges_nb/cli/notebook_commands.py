"""The commands that run a notebook, and say where it left everything."""

# What a command needs is imported inside it, so that --help answers at once.
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from edges_nb.cli.console import complain, say

if TYPE_CHECKING:
    from edges_nb.settings import Settings

CONNECTIONS = "linkedin-extract-connections"

Action = Annotated[str, typer.Option(help="The action whose schedules are meant.")]
Sandbox = Annotated[bool, typer.Option("--sandbox", help="Work on an invented workspace; needs no key.")]
Named = Annotated[str, typer.Option(help="A name of the workspaces file; that of EDGES_API_KEY if left out.")]
Only = Annotated[str, typer.Option(help="Uids of schedules, separated by commas; all when left out.")]
Limit = Annotated[int, typer.Option(help="Replace so many at the most; 0 for all.")]
Overrides = Annotated[str, typer.Option(help="CSV file with what the plan can't know, by schedule_uid.")]
MaxResults = Annotated[int, typer.Option(help="Items per run at the most; 0 keeps what was.")]
FirstRun = Annotated[
    Literal["api", "next"],
    typer.Option(help="Leave the first run to the API, or keep the next execution of the old schedule."),
]
Unknown = Annotated[
    Literal["ask", "full"],
    typer.Option(help="What a schedule is taken for whose parameters nothing shows: full, or ask for each."),
]
Order = Annotated[
    Literal["pause", "guide"],
    typer.Option(help="guide cancels first: only for workspaces that can't pause a schedule."),
]
Approve = Annotated[
    str,
    typer.Option(help="Digest of the reviewed plan (any other plan touches nothing), or all for no review."),
]
Yes = Annotated[bool, typer.Option("--yes", help="The same as --approve all.")]
Folder = Annotated[Path, typer.Option("--out-dir", help="Folder for notebook, report, plan and results.")]

_OF_COMMAND = ("out_dir", "sandbox", "yes")
"""Options that are no parameters of a notebook."""

app = typer.Typer()


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
        _finish("02_migrate", {"mode": "preview"}, out_dir / "preview", settings)
        approve = _plan(out_dir / "preview")["digest"]
        _finish("02_migrate", {"mode": "apply", "approve": approve}, out_dir / "apply", settings)
    sandbox.stop()


@app.command()
def preview(
    context: typer.Context,
    action: Action = CONNECTIONS,
    order: Order = "pause",
    only: Only = "",
    limit: Limit = 0,
    overrides: Overrides = "",
    max_results: MaxResults = 0,
    first_run: FirstRun = "api",
    unknown: Unknown = "ask",
    workspace: Named = "",
    sandbox: Sandbox = False,
    out_dir: Folder = Path("out/preview"),
) -> None:
    """Tell what a migration would do, schedule by schedule; nothing is changed."""
    _run("02_migrate", context, mode="preview")


@app.command()
def apply(
    context: typer.Context,
    action: Action = CONNECTIONS,
    order: Order = "pause",
    only: Only = "",
    limit: Limit = 0,
    overrides: Overrides = "",
    max_results: MaxResults = 0,
    first_run: FirstRun = "api",
    unknown: Unknown = "ask",
    approve: Approve = "",
    yes: Yes = False,
    workspace: Named = "",
    sandbox: Sandbox = False,
    out_dir: Folder = Path("out/apply"),
) -> None:
    """Migrate the schedules, or go on where an earlier run stopped."""
    _run("02_migrate", context, mode="apply")


@app.command()
def undo(
    context: typer.Context,
    action: Action = CONNECTIONS,
    order: Order = "pause",
    only: Only = "",
    approve: Approve = "",
    yes: Yes = False,
    workspace: Named = "",
    sandbox: Sandbox = False,
    out_dir: Folder = Path("out/undo"),
) -> None:
    """Bring back what was there before a migration, of all schedules or some."""
    _run("02_migrate", context, mode="undo")


@app.command()
def start(
    context: typer.Context,
    mode: Annotated[
        Literal["preview", "apply"], typer.Option(help="Show what would be sent, or send it.")
    ] = "preview",
    way: Annotated[
        Literal["schedule", "async"],
        typer.Option(help="By a cron, or at once and again each time this is run again."),
    ] = "schedule",
    action: Action = CONNECTIONS,
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
    yes: Yes = False,
    workspace: Named = "",
    sandbox: Sandbox = False,
    out_dir: Folder = Path("out/start"),
) -> None:
    """Start incremental schedules or runs, one for each identity; what is there already is left alone."""
    _run("03_start_incremental", context)


@app.command()
def watch(
    context: typer.Context,
    action: Action = CONNECTIONS,
    days: Annotated[int, typer.Option(help="Count the runs of so many days; 0 for all.")] = 0,
    workspace: Named = "",
    sandbox: Sandbox = False,
    out_dir: Folder = Path("out/watch"),
) -> None:
    """Tell what became of incremental schedules; exits with 1 where something is at risk."""
    _run("04_watch", context)


def tell_sandbox(settings: "Settings") -> None:
    """Say where the workspace is a sandbox's, and why where nobody asked for it."""
    if settings.sandbox:
        say("SANDBOX: an invented workspace on this machine; nothing real is touched.")
    if settings.stands_in:
        from edges_nb.notebook.progress import stand_in_notice

        complain(stand_in_notice(settings))


def _run(name: str, context: typer.Context, **more: object) -> None:
    """Run a notebook on the workspace that the options and the environment name."""
    from edges_nb.notebook.parameters import ALL
    from edges_nb.settings import Settings

    options = context.params
    given = {name: value for name, value in options.items() if name not in _OF_COMMAND} | more
    if options.get("yes"):
        given["approve"] = given["approve"] or ALL
    settings = Settings.from_env(workspace=options["workspace"], sandbox=options["sandbox"])
    given |= {
        option: value
        for option, value in settings.defaults.items()
        if option in given and _is_left_out(context, option)
    }
    _finish(name, given, options["out_dir"], settings)


def _is_left_out(context: typer.Context, option: str) -> bool:
    source = context.get_parameter_source(option)
    return source is not None and source.name == "DEFAULT"


def _finish(name: str, given: Mapping[str, Any], folder: Path, settings: "Settings") -> None:
    """Run a notebook, say where everything is, and exit where something is wrong."""
    from edges_nb.notebook.runner import run

    changes = given.get("mode", "preview") != "preview"
    if (
        changes
        and not given["approve"]
        and not settings.sandbox
        and sys.stdin.isatty()
        and sys.stdout.isatty()
    ):
        from edges_nb.cli.asking import approved_by_hand

        given = {**given, "approve": approved_by_hand(name, given, settings)}

    def tell() -> None:
        # After the checks: what can't be done is told before anything else is.
        tell_sandbox(settings)
        if changes and not settings.sandbox:
            _tell_workspace(settings)

    finished = run(name, given, folder, settings, on_start=tell)
    say(f"Notebook: {finished.notebook}")
    say(f"Report:   {finished.report}")
    if finished.code:
        complain(finished.problem)
        raise typer.Exit(finished.code)
    if "mode" in given:
        plan = _plan(folder)
        say(f"Plan:     {plan['digest']}")
        for title, words in () if changes else plan.get("summary", ()):
            say(f"{title}: {words}")
        if not changes and plan.get("next"):
            say(f"Next:     {plan['next']}")


def _plan(folder: Path) -> dict[str, Any]:
    import json

    kept: dict[str, Any] = json.loads((folder.expanduser() / "plan.json").read_text(encoding="utf-8"))
    return kept


def _tell_workspace(settings: "Settings") -> None:
    """Say whose schedules are about to change, before they do."""
    from edges_nb.client import Edges

    with Edges(settings) as edges:
        say(f"Changes go to {edges.place}.")
