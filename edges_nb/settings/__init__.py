"""How to reach a workspace: every variable, file and default that decides something, checked as a whole."""

from edges_nb.settings.served_sandbox import ServedSandbox, serve_sandbox
from edges_nb.settings.workspace_settings import DEFAULT_BASE, NO_KEY, Settings, is_loopback, ledger_from_env

__all__ = [
    "DEFAULT_BASE",
    "NO_KEY",
    "ServedSandbox",
    "Settings",
    "is_loopback",
    "ledger_from_env",
    "serve_sandbox",
]
