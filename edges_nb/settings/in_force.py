"""The settings that are in force, and where each comes from."""

import os
from dataclasses import dataclass

from edges_nb.redaction import shown_url, without_secrets
from edges_nb.settings.libraries import CERTIFICATES, OTHERS, PROXIES, check_libraries, variable_name
from edges_nb.settings.sources import Sources
from edges_nb.settings.workspace_settings import default_ledger


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        shown: its value as far as it is no secret.
        origin: `variable`, the path of `.env`, `keyring` or `default`.
    """

    name: str
    shown: str
    origin: str


def settings_in_force() -> list[Setting]:
    """Return our own settings, and those of libraries that are set.

    Raises:
        BadInput: a sentence for each value that can't be used.
    """
    sources = Sources.read()
    values = sources.values
    check_libraries(values.EDGES_API_BASE)
    ledger = values.EDGES_LEDGER or default_ledger()
    why = sources.dotenv.problem or "not set"
    shown = {
        "EDGES_API_KEY": "set, not shown" if values.EDGES_API_KEY else f"none, the sandbox stands in; {why}",
        "EDGES_API_BASE": values.EDGES_API_BASE,
        "EDGES_LEDGER": shown_url(ledger) if "://" in ledger else ledger,
        "EDGES_MAX_RPS": values.EDGES_MAX_RPS or "no cap of your own",
        "EDGES_SANDBOX": values.EDGES_SANDBOX,
        "EDGES_WORKSPACES": values.EDGES_WORKSPACES or "workspaces.toml, if it is there",
    }
    ours = [Setting(name, text, sources.origin(name)) for name, text in shown.items()]
    names = [variable_name(name) for name in (*PROXIES, "NO_PROXY")]
    names += [name for name in (*CERTIFICATES, *OTHERS) if name != "NO_PROXY"]
    return ours + [Setting(name, _shown(name), "variable") for name in names if os.environ.get(name)]


def _shown(name: str) -> str:
    value = os.environ[name]
    if name.upper() in PROXIES:
        return shown_url(value if "://" in value else f"http://{value}")
    return without_secrets(value)
