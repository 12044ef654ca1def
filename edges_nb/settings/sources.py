"""Where each of our settings comes from: a variable, `.env`, the keyring, or its default."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from edges_nb.errors import BadInput
from edges_nb.settings.dotenv_file import DotEnv, read_dotenv
from edges_nb.settings.values import DEFAULT_BASE, check_base, check_key, ledger_place

RESOLVED = "EDGES_NB_RESOLVED"
"""Set for kernels: the environment is complete for the workspace of this name, and nothing else is read."""

SLOWEST = 0.001
"""Requests a second that a cap can't be below: no run ends at less."""

_SERVICE = "edges-nb"
"""The service under which the keyring keeps keys, with the variable's name as user name."""


def _base(text: str) -> str:
    base = text.rstrip("/")
    check_base(base)
    return base


def _key(text: str) -> str:
    check_key(text)
    return text


def _rate(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= SLOWEST):
        raise ValueError(
            f"EDGES_MAX_RPS is {text[:20]!r}: set it to a number from {SLOWEST}, or leave it out for no cap."
        )
    return text


def _switch(text: str) -> str:
    if text.lower() not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise ValueError("EDGES_SANDBOX is neither 1 nor 0: set it to 1 for the sandbox, or leave it out.")
    return text


class Variables(BaseSettings):
    """Our own variables, as texts that were checked; the key and the ledger are not shown."""

    model_config = SettingsConfigDict(
        extra="ignore",
        case_sensitive=True,
        env_ignore_empty=True,
        validate_default=False,
        str_strip_whitespace=True,
        hide_input_in_errors=True,
    )

    EDGES_API_KEY: Annotated[str, AfterValidator(_key)] = ""
    EDGES_API_BASE: Annotated[str, AfterValidator(_base)] = DEFAULT_BASE
    EDGES_LEDGER: Annotated[str, AfterValidator(ledger_place)] = ""
    EDGES_MAX_RPS: Annotated[str, AfterValidator(_rate)] = ""
    EDGES_SANDBOX: Annotated[str, AfterValidator(_switch)] = "0"
    EDGES_WORKSPACES: str = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take variables first, then what `.env` gave, then the keyring."""
        return env_settings, init_settings, _Keyring(settings_cls)


class _Keyring(PydanticBaseSettingsSource):
    """The system's keyring, asked only where nothing before it gives a key."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Return the key of a field, its name, and that it is no JSON."""
        return key_in_keyring(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        if (
            self.current_state.get("EDGES_API_KEY")
            or RESOLVED in os.environ
            or _asks_sandbox(self.current_state)
        ):
            return {}
        key = key_in_keyring("EDGES_API_KEY")
        return {"EDGES_API_KEY": key} if key else {}


def _asks_sandbox(state: Mapping[str, Any]) -> bool:
    return str(state.get("EDGES_SANDBOX", "0")).strip().lower() in ("1", "true", "yes", "on")


@dataclass(frozen=True)
class Sources:
    """What was read, and from where.

    Attributes:
        values: each variable's value, its default where nothing gives it.
        dotenv: the file beside the command.
    """

    values: Variables
    dotenv: DotEnv

    @classmethod
    def read(cls, folder: Path | None = None) -> "Sources":
        """Read everything, and check it as a whole.

        Args:
            folder: where `.env` is, the working directory when absent.

        Raises:
            BadInput: a sentence for each value that can't be used.
        """
        dotenv = DotEnv(Path(".env")) if RESOLVED in os.environ else read_dotenv(folder or Path.cwd())
        try:
            given: dict[str, Any] = {n: v for n, v in dotenv.values.items() if n in Variables.model_fields}
            return cls(Variables(**given), dotenv)
        except ValidationError as error:
            told = [_sentence(problem) for problem in error.errors(include_input=False)]
        # Raised out of the handler: pydantic's own error holds the values.
        raise BadInput(" ".join(told))

    @property
    def sandbox(self) -> bool:
        """Whether the sandbox is asked for."""
        return _asks_sandbox({"EDGES_SANDBOX": self.values.EDGES_SANDBOX})

    def variable(self, name: str) -> str:
        """Return any variable, of the environment or of `.env`, "" where neither has it."""
        return (os.environ.get(name) or self.dotenv.values.get(name) or "").strip()

    def origin(self, name: str) -> str:
        """Tell where the value of one of our variables comes from."""
        if os.environ.get(name):
            return "variable"
        if name in self.dotenv.values:
            return str(self.dotenv.path)
        return "keyring" if name == "EDGES_API_KEY" and self.values.EDGES_API_KEY else "default"


def _sentence(problem: Mapping[str, Any]) -> str:
    if "ctx" in problem:
        return str(problem["ctx"]["error"])
    # No other check than that of a text itself is in the model.
    return f"{problem['loc'][0]} is not UTF-8 text: write it again."


def key_in_keyring(name: str) -> str:
    """Return what the keyring keeps under a name, "" where it has nothing or there is no keyring.

    Raises:
        BadInput: PYTHON_KEYRING_BACKEND names a backend that can't be loaded.
    """
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    except Exception:  # noqa: BLE001 - a backend that is named and can't be loaded fails in any way
        raise _bad_backend() from None
    try:
        return (keyring.get_password(_SERVICE, name) or "").strip()
    except KeyringError:  # there is no keyring on this machine, or it stays locked
        return ""
    except Exception:  # noqa: BLE001 - whatever a backend fails with
        if os.environ.get("PYTHON_KEYRING_BACKEND"):
            raise _bad_backend() from None
        return ""


def _bad_backend() -> BadInput:
    named = os.environ.get("PYTHON_KEYRING_BACKEND", "")
    shown = named if re.fullmatch(r"[\w.]{1,80}", named) else "no name of a class"
    return BadInput(f"PYTHON_KEYRING_BACKEND is {shown}, which can't be loaded: correct it or leave it out.")
