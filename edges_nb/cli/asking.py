"""The question that stands before a change of a live workspace, for who sits at a terminal."""

from collections.abc import Mapping

import typer

from edges_nb.cli.console import say
from edges_nb.client import Edges
from edges_nb.errors import BadInput
from edges_nb.notebook.migrate import Migration
from edges_nb.notebook.parameters import SCHEMAS, MigrateParameters, StartParameters
from edges_nb.notebook.start import Starting
from edges_nb.reports.formatting import counted
from edges_nb.settings import Settings


def approved_by_hand(name: str, given: Mapping[str, object], settings: Settings) -> str:
    """Show what a notebook would change in which workspace, ask, and return the digest of what was shown.

    Raises:
        BadInput: the answer is no, or a parameter can't be used.
    """
    parameters = SCHEMAS[name].check(given, settings.key.reveal())
    with Edges(settings) as edges:
        one: Migration | Starting
        if isinstance(parameters, MigrateParameters):
            one = Migration(edges, parameters)
        else:
            assert isinstance(parameters, StartParameters), name  # noqa: S101 - nothing else changes anything
            one = Starting(edges, parameters)
        one.load()
        one.plan.check_approval("")  # keeps it in the ledger, where a difference is told by
        say(f"Workspace: {edges.place}")
        for decision, number in one.plan.counts.items():
            say(f"  {decision.replace('_', ' ')}: {number:,}")
        number = one.plan.counts["migrate"] + one.plan.counts["start"]
        say(f"Plan: {one.plan.digest}")
        if not typer.confirm(f"Change {counted(number, 'schedule')} of this workspace?"):
            raise BadInput("Not approved: nothing was changed.")
        return one.plan.digest
