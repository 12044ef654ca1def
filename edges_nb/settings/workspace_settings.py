"""How to reach one workspace, and where to keep the record of what is done to it."""

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from edges_nb.errors import BadInput
from edges_nb.redaction import Secret
from edges_nb.settings.values import DEFAULT_BASE as DEFAULT_BASE
from edges_nb.settings.values import check_base, check_key, wrong_with_ledger
from edges_nb.settings.values import is_loopback as is_loopback

if TYPE_CHECKING:
    from edges_nb.settings.sources import Sources

NO_KEY = "Set EDGES_API_KEY to a workspace's key, or ask for the sandbox (--sandbox or EDGES_SANDBOX=1)."


@dataclass(frozen=True)
class Settings:
    """How to reach a workspace, and where to keep the record of what is done to it.

    Attributes:
        ledger: a path or an SQLAlchemy URL.
        max_rps: requests a second that are never exceeded, None for no cap.
        sandbox: whether the workspace is a sandbox's.
        stands_in: why the sandbox stands in for a workspace, where there is no key and nobody asked for it.
        workspace: its name in the workspaces file, "" where it is that of EDGES_API_KEY.
        workspaces_file: the path of that file.
        defaults: of the notebooks' parameters, by name, as that file gives them.
    """

    key: Secret
    base_url: str
    ledger: str = field(repr=False)  # an address may hold a password
    max_rps: float | None = None
    sandbox: bool = False
    stands_in: str = ""
    workspace: str = ""
    workspaces_file: str = ""
    defaults: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            check_key(self.key.reveal())
            check_base(self.base_url)
        except ValueError as error:
            raise BadInput(str(error)) from None

    @classmethod
    def from_env(
        cls, *, workspace: str = "", sandbox: bool = False, folder: Path | None = None
    ) -> "Settings":
        """Read the environment, then `.env`, then the keyring.

        Args:
            workspace: a name of the file of workspaces; the one of EDGES_API_KEY when "".
            sandbox: ask for the sandbox, as EDGES_SANDBOX=1 does.
            folder: where `.env` is, the working directory when absent.

        Raises:
            BadInput: a sentence for each value that can't be used.
        """
        # pydantic-settings loads when it is used.
        from edges_nb.settings.libraries import check_libraries
        from edges_nb.settings.sources import RESOLVED, Sources

        sources = Sources.read(folder)
        values = sources.values
        if sandbox or sources.sandbox:
            return _on_sandbox()
        if workspace and os.environ.get(RESOLVED) != workspace:
            from edges_nb.settings.workspaces import named_settings

            settings = named_settings(workspace, sources)
        elif values.EDGES_API_KEY:
            settings = cls(
                Secret(values.EDGES_API_KEY),
                values.EDGES_API_BASE,
                values.EDGES_LEDGER or default_ledger(),
                float(values.EDGES_MAX_RPS) if values.EDGES_MAX_RPS else None,
                _is_sandbox(values.EDGES_API_KEY, values.EDGES_API_BASE),
                workspace=workspace,
                workspaces_file=values.EDGES_WORKSPACES if workspace else "",
            )
        else:
            return _on_sandbox(stands_in=_why_no_key(sources))
        check_libraries(settings.base_url)
        return settings

    def environment(self, workspace: str = "") -> dict[str, str]:
        """Return the variables that lead another process to exactly this workspace and ledger.

        Args:
            workspace: the name by which these settings were asked for.
        """
        from edges_nb.settings.sources import RESOLVED

        return {
            "EDGES_API_BASE": self.base_url,
            "EDGES_API_KEY": self.key.reveal(),
            "EDGES_LEDGER": self.ledger,
            "EDGES_MAX_RPS": "" if self.max_rps is None else str(self.max_rps),
            "EDGES_SANDBOX": "0",
            "EDGES_WORKSPACES": self.workspaces_file,
            RESOLVED: workspace,
        }

    def environment_of_all(self) -> dict[str, str]:
        """Return what leads kernels in another folder here: these settings, and what `.env` here gives."""
        from edges_nb.settings.sources import Sources
        from edges_nb.settings.workspaces import workspaces_path

        given = Sources.read()
        dotenv = {name: value for name, value in given.dotenv.values.items() if not os.environ.get(name)}
        return dotenv | self.environment() | {"EDGES_WORKSPACES": str(workspaces_path(given))}

    def require_workspace(self, what: str) -> None:
        """Raise BadInput where a sandbox that nobody asked for would be taken for a workspace.

        Args:
            what: the mode or command that needs one.
        """
        if self.stands_in:
            raise BadInput(f"{what} needs a workspace, but {self.stands_in}. {NO_KEY} Nothing was changed.")


def default_ledger() -> str:
    """Return where the ledger is kept when nothing is set.

    Raises:
        BadInput: this user has no home folder, or none that can be written.
    """
    import platformdirs

    try:
        path = platformdirs.user_data_path("edges-nb", appauthor=False) / "ledger.sqlite"
        lost = path.is_relative_to(Path.home()) and not Path.home().is_dir()
    except RuntimeError:  # a user without a name, as containers have
        lost = True
    if lost:
        raise BadInput(
            "HOME names no folder to keep the ledger in: set EDGES_LEDGER to a path that lasts between runs."
        )
    if told := wrong_with_ledger(path):
        raise BadInput(
            f"The ledger would be {path}, {told}: set EDGES_LEDGER to a file that lasts between runs."
        )
    return str(path)


def ledger_from_env() -> str:
    """Return the ledger of the environment or of `.env`, else the default; for what needs no key.

    Raises:
        BadInput: a sentence for each value that can't be used.
    """
    from edges_nb.settings.sources import Sources

    return Sources.read().values.EDGES_LEDGER or default_ledger()


def _why_no_key(sources: "Sources") -> str:
    return sources.dotenv.problem or "there is no EDGES_API_KEY"


def _on_sandbox(stands_in: str = "") -> Settings:
    from edges_nb.sandbox import shared_sandbox

    served = shared_sandbox()
    return Settings(Secret(served.key), served.base_url, _passing_ledger(), None, True, stands_in)


@functools.cache
def _passing_ledger() -> str:
    """The ledger of the process's own sandbox, as new in every process as that workspace is."""
    folder = tempfile.mkdtemp(prefix="edges-nb-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(Path(folder) / "ledger.sqlite")


def _is_sandbox(key: str, base_url: str) -> bool:
    if not is_loopback(urlsplit(base_url).hostname or ""):
        return False
    from edges_nb.sandbox import SANDBOX_KEY

    return key == SANDBOX_KEY
