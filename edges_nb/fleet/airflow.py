"""A fleet on Apache Airflow: a DAG that runs the notebooks for every workspace of a file.

Import it where Airflow is: `edges-nb[airflow]`.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, task_group
from airflow.sdk.exceptions import AirflowSkipException

from edges_nb.settings.workspaces import read_workspaces

_APPROVE, _REJECT = "Approve ", "Reject"
_RETRYING = {"retries": 2, "retry_delay": timedelta(minutes=1)}


def migration_dag(
    dag_id: str,
    *,
    workspaces: Path,
    out_dir: Path,
    at_once: int = 8,
    approval: Mapping[str, Any] | None = None,
    **options: Any,
) -> DAG:
    """Make a DAG that previews, asks a person, migrates and watches, each workspace at its own pace.

    A run never overlaps another one of its DAG, so that `max_rps` of a workspace holds for all that is asked
    of it.

    Args:
        workspaces: the workspaces file, at the same path wherever a task runs. To make the DAG, no key is
            read: keys are in the environment of the workers, under the names that the file gives.
        out_dir: for `RUN_ID/WORKSPACE/STEP/try-N`, where each step leaves its notebook, report and files.
        at_once: workspaces at a time.
        approval: more arguments of Airflow's HITLOperator, such as `assigned_users` or `response_timeout`.
        options: more arguments of Airflow's DAG.

    Raises:
        BadInput: the file can't be used; each bad entry is told with its line.
    """
    names = list(read_workspaces(workspaces))
    options["default_args"] = _RETRYING | options.get("default_args", {})

    @task_group(group_id="workspace")  # type: ignore[untyped-decorator,unused-ignore]
    def each(workspace: str) -> None:
        where = {"workspace": workspace, "workspaces": str(workspaces), "out_dir": str(out_dir)}
        preview = WorkspaceNotebook(task_id="preview", notebook="02_migrate", **where)
        approve = PlanApproval(task_id="approve", plan=preview.output, **(approval or {}))
        migrate = WorkspaceNotebook(
            task_id="apply", notebook="02_migrate", mode="apply", approve=approve.output, **where
        )
        # It is of use also where nothing was to be done, or nobody approved it.
        watch = WorkspaceNotebook(task_id="watch", notebook="04_watch", trigger_rule="none_failed", **where)
        approve >> migrate >> watch

    with DAG(dag_id, max_active_runs=1, max_active_tasks=at_once, catchup=False, **options) as dag:
        each.expand(workspace=names)
    return dag


class WorkspaceNotebook(PapermillOperator):  # type: ignore[misc,unused-ignore]
    """Runs a notebook for one workspace; of all keys, its process knows the one of this workspace only.

    It returns what a person has to know to approve: `workspace`, `digest`, `counts` and `folder`.
    """

    template_fields = (*PapermillOperator.template_fields, "workspace", "approve")

    def __init__(
        self,
        *,
        notebook: str,
        workspace: str,
        workspaces: str,
        out_dir: str,
        mode: str = "",
        approve: Any = "",
        **options: Any,
    ) -> None:
        super().__init__(map_index_template="{{ task.workspace }}", **options)
        self.notebook, self.workspace, self.workspaces = notebook, workspace, workspaces
        self.out_dir, self.mode, self.approve = out_dir, mode, approve

    def execute(self, context: Any) -> dict[str, Any]:
        """Run it in a folder of this try."""
        # Imported here: Airflow reads the files of DAGs again and again.
        from edges_nb.fleet.outcome import LeftFiles
        from edges_nb.notebook.runner import find_notebook
        from edges_nb.private_files import private_folder

        instance = context["ti"]
        step = instance.task_id.rpartition(".")[2]
        folder = Path(self.out_dir, instance.run_id, self.workspace, step, f"try-{instance.try_number}")
        given = {"workspace": self.workspace, "mode": self.mode, "approve": self.approve}
        self.parameters = {"out_dir": str(folder), **{name: value for name, value in given.items() if value}}
        self.input_nb = str(find_notebook(self.notebook))
        self.output_nb = str(private_folder(folder) / f"{self.notebook}.ipynb")
        left = LeftFiles(folder)
        with _environment_of(self.workspace, self.workspaces):
            super().execute(context)
        outcome = left.outcome(self.workspace, 0, "")
        return {
            "workspace": self.workspace,
            "digest": outcome.digest,
            "counts": dict(outcome.counts),
            "folder": str(folder),
        }


class PlanApproval(HITLOperator):  # type: ignore[misc,unused-ignore]
    """Asks a person for the plan of one workspace, and returns the digest that this person approved."""

    template_fields = (*HITLOperator.template_fields, "plan")

    def __init__(self, *, plan: Any, **options: Any) -> None:
        super().__init__(
            subject="", options=[_REJECT], map_index_template="{{ task.plan['workspace'] }}", **options
        )
        self.plan = plan

    def execute(self, context: Any) -> Any:
        """Ask, unless the plan changes nothing."""
        counts = self.plan["counts"]
        if not counts.get("migrate"):
            raise AirflowSkipException("The plan changes nothing.")
        told = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())
        self.subject = f"{self.plan['workspace']}: {told}"
        self.body = f"{self.plan['digest']}, described in {self.plan['folder']}/report.html"
        self.options = self._choice()
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> str:
        """Return the digest of the answer.

        Raises:
            ValueError: it is no longer that of the preview, which somebody ran again meanwhile.
        """
        self.options = self._choice()
        super().execute_complete(context, event)
        (chosen,) = event["chosen_options"]
        if chosen == _REJECT:
            raise AirflowSkipException("The plan was rejected.")
        return str(chosen).removeprefix(_APPROVE)

    def _choice(self) -> list[str]:
        return [_APPROVE + self.plan["digest"], _REJECT]


@contextmanager
def _environment_of(workspace: str, workspaces: str) -> Iterator[None]:
    """Leave of all keys this workspace's only, and let files be their owner's only."""
    from edges_nb.fleet.members import Members

    before, mask = dict(os.environ), os.umask(0o077)
    os.environ["EDGES_WORKSPACES"] = workspaces
    try:
        own = Members.of(workspace).environment(workspace)
        for name in os.environ.keys() - own.keys():
            del os.environ[name]
        yield
    finally:
        os.umask(mask)
        os.environ.update(before)
        if "EDGES_WORKSPACES" not in before:
            del os.environ["EDGES_WORKSPACES"]
