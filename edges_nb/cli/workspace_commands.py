"""The commands that look at a workspace, serve a sandbox, open JupyterLab, or write a report."""

# What a command needs is imported inside it, so that --help answers at once.
import os
from pathlib import Path
from typing import Annotated

import typer

from edges_nb.cli.console import say
from edges_nb.cli.notebook_commands import CONNECTIONS, Action, Named, Sandbox, tell_sandbox

Port = Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 for any free one.")]

app = typer.Typer()


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
    say(f"Report: {page}")
    if pdf:
        say(f"PDF:    {write_pdf(page.read_text('utf-8'), page.with_suffix('.pdf'))}")


@app.command()
def doctor(
    action: Action = CONNECTIONS,
    settings: Annotated[
        bool, typer.Option("--settings", help="List the settings in force and where each comes from.")
    ] = False,
    workspace: Named = "",
    sandbox: Sandbox = False,
) -> None:
    """Look at a workspace without changing anything, and say what follows for a migration."""
    from edges_nb.settings import Settings
    from edges_nb.settings.in_force import settings_in_force

    if settings:
        for one in settings_in_force():
            say(f"{one.name}: {one.shown} ({one.origin})")
        return
    from edges_nb.client import Edges
    from edges_nb.doctor import examine

    found = Settings.from_env(workspace=workspace, sandbox=sandbox)
    tell_sandbox(found)
    with Edges(found) as edges:
        findings = examine(edges, action)
    for finding in findings:
        say(f"{finding.topic}: {finding.seen}")
        say(f"  Therefore: {finding.therefore}")
    if any(finding.wrong for finding in findings):
        raise typer.Exit(1)


@app.command()
def sandbox(port: Port = 8765) -> None:
    """Serve a sandbox until Ctrl-C: an Edges API with an invented workspace, to try things on."""
    from edges_nb.settings import serve_sandbox

    server = serve_sandbox(port)
    say("SANDBOX: an invented workspace that ends with this command. In another terminal:")
    say(f"export EDGES_API_BASE={server.base_url} EDGES_API_KEY={server.key}")
    _wait_for_interrupt()
    server.stop()


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
    from edges_nb.notebook.runner import copy_notebooks
    from edges_nb.settings import Settings

    settings = Settings.from_env()
    if settings.sandbox:
        say("SANDBOX: the notebooks share an invented workspace that ends with this command.")
    # Kernels run in the notebooks' folder, where this folder's .env is not found.
    os.environ.update(settings.environment_of_all())
    copy_notebooks(folder, outputs=settings.sandbox)
    if "JUPYTERHUB_SERVICE_PREFIX" in os.environ and not context.args:
        # A second server, beside the hub's, would be out of reach.
        say(f"On JupyterHub, open {folder.resolve()} in the JupyterLab that you have.")
        say("Its kernels do not see the settings of this terminal: put them into .env in that folder.")
        return
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(argv=[f"--ServerApp.root_dir={folder.resolve()}", *context.args])


def _wait_for_interrupt() -> None:
    import signal
    from contextlib import suppress

    # What a service manager or a script sends: a job in the background is started with SIGINT ignored.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        signal.pause()
