"""`edges-nb fleet`: a command for every workspace of a file, so many at a time."""

# What a command needs is imported inside it, so that --help answers at once.
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edges_nb.cli.console import complain, say

if TYPE_CHECKING:
    from edges_nb.fleet.outcome import WorkspaceOutcome

fleet_app = typer.Typer(help="Do the same for every workspace of the workspaces file.", no_args_is_help=True)

Jobs = Annotated[int, typer.Option("-j", "--jobs", min=1, help="Workspaces at a time.")]
Only = Annotated[str, typer.Option(help="Names of workspaces, separated by commas; all when left out.")]
Folder = Annotated[Path, typer.Option("--out-dir", help="Folder in which each workspace gets its own.")]
Approve = Annotated[str, typer.Option(help="The approvals.json of a preview, or all for no review.")]


@fleet_app.command()
def preview(jobs: Jobs = 4, only: Only = "", out_dir: Folder = Path("out/fleet/preview")) -> None:
    """Tell what a migration would do in each workspace, and write the digests to approve."""
    _run("preview", jobs, only, out_dir)


@fleet_app.command()
def apply(
    jobs: Jobs = 4, only: Only = "", approve: Approve = "", out_dir: Folder = Path("out/fleet/apply")
) -> None:
    """Migrate the schedules of each workspace whose plan is approved."""
    _run("apply", jobs, only, out_dir, approve)


@fleet_app.command()
def undo(
    jobs: Jobs = 4, only: Only = "", approve: Approve = "", out_dir: Folder = Path("out/fleet/undo")
) -> None:
    """Bring back what was there before, in each workspace."""
    _run("undo", jobs, only, out_dir, approve)


@fleet_app.command()
def watch(jobs: Jobs = 4, only: Only = "", out_dir: Folder = Path("out/fleet/watch")) -> None:
    """Tell what became of the incremental schedules of each workspace."""
    _run("watch", jobs, only, out_dir)


def _run(command: str, jobs: int, only: str, folder: Path, approve: str | None = None) -> None:
    from edges_nb.fleet.approvals import FILE, read_approvals, write_approvals
    from edges_nb.fleet.members import Members
    from edges_nb.fleet.overview import PAGE, write_overview
    from edges_nb.fleet.processes import Processes
    from edges_nb.private_files import private_folder

    members = Members.of(only)
    approved = {} if approve is None else read_approvals(approve, members.known)
    private_folder(folder)
    members.bring_ledgers_up_to_date()
    ended: list[WorkspaceOutcome] = []

    def tell(outcome: "WorkspaceOutcome") -> None:
        ended.append(outcome)
        line = f"[{len(ended)}/{len(members.names)}] {outcome.words}"
        (say if outcome.status == "ok" else complain)(line)
        # So that a fleet that is killed leaves what it knew.
        write_overview(folder, command, ended)

    processes = Processes(command, members, folder, needs_approval=approve is not None)
    outcomes = processes.run(approved, jobs, tell)
    write_overview(folder, command, outcomes)
    say(f"Overview: {folder / PAGE}")
    if command == "preview":
        write_approvals(folder / FILE, {one.workspace: one.digest for one in outcomes if one.digest})
        say(f"Digests:  {folder / FILE}")
    if processes.stopped or (code := max(one.code for one in outcomes)):
        raise typer.Exit(128 + processes.stopped if processes.stopped else code)
