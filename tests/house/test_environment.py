"""environment.yml and the lock of CI hold what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {"matplotlib-base": "matplotlib", "python-tzdata": "tzdata", "psycopg": "psycopg[binary]"}
"""What conda-forge calls otherwise, or has without extras."""
ITSELF = {"python>=3.11", "pip", "-e ."}


def requirements() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {*project["dependencies"], *project["optional-dependencies"]["test"]}


def by_the_names_of_pypi(requirement: str) -> str:
    return re.sub(r"^[\w-]+", lambda name: CONDA_NAMES.get(name[0], name[0]), requirement)


def test_every_requirement_is_there_once_with_its_bound() -> None:
    *conda, rest = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    given = [*map(by_the_names_of_pypi, conda), *rest["pip"]]
    assert len(given) == len(set(given))
    assert set(given) - ITSELF == requirements()
    assert set(given) >= ITSELF


def test_lock_of_ci_has_a_version_of_each_that_its_bound_allows() -> None:
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = {canonicalize_name(each.name): each.specifier for each in map(Requirement, lines)}
    for asked in map(Requirement, requirements()):
        (pinned,) = locked[canonicalize_name(asked.name)]
        assert pinned.operator == "=="
        assert asked.specifier.contains(pinned.version), asked.name
