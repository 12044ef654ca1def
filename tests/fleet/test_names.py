"""A workspace by its name: the file that gives it, and a key that stands in the wrong place."""

from __future__ import annotations

from pathlib import Path

import pytest

from edges_nb.errors import BadInput
from edges_nb.settings.workspaces import read_workspaces
from tests.fleet.workspaces import Workspaces

BAD = """\
[workspaces.acme]
key_env = ""

[workspaces.beta]
api_key = "fake-secret-of-beta"
key_env = "KEY_BETA"

[workspaces.gamma]
key_env = "fake-secret-of-gamma"
max_rps = "fast"

[workspaces.delta]
key_env = "KEY_BETA"
[workspaces.delta.parameters]
approve = "all"

[workspaces."../up"]
key_env = "KEY_UP"
base_url = "http://api.example.com/v1"

[workspaces.ACME]
key_keyring = "acme"
ledger = "postgres://u:fake-pass@h:x/d"
"""


def test_all_bad_entries_are_told_at_once_with_their_lines_and_without_what_may_be_a_key(
    tmp_path: Path,
) -> None:
    path = tmp_path / "workspaces.toml"
    path.write_text(BAD)
    with pytest.raises(BadInput) as caught:
        read_workspaces(path)
    told = str(caught.value)
    for place in (
        *("line 1, acme", "line 5, beta", "line 9, gamma", "line 10, gamma", "line 14, delta"),
        *("line 17, ../up", "line 19, ../up", "line 21, ACME", "line 23, ACME"),
    ):
        assert place in told
    assert "fake-secret" not in told
    assert "fake-pass" not in told


def test_a_workspace_that_is_there_twice_is_told_by_line(tmp_path: Path) -> None:
    path = tmp_path / "workspaces.toml"
    path.write_text('[workspaces.a]\nkey_env = "A"\n[workspaces.a]\nkey_env = "B"\n')
    with pytest.raises(BadInput, match="at line 3, a table is there twice"):
        read_workspaces(path)


def test_two_names_with_one_key_are_told(tmp_path: Path) -> None:
    path = tmp_path / "workspaces.toml"
    path.write_text('[workspaces.a]\nkey_env = "A"\n[workspaces.b]\nkey_env = "A"\n')
    with pytest.raises(BadInput, match="line 3, b: it has the same key as a"):
        read_workspaces(path)


@pytest.fixture
def two(tmp_path: Path) -> Workspaces:
    return Workspaces(["acme", "beta"], tmp_path)


def test_a_key_in_the_wrong_place_changes_nothing_also_at_first_use(two: Workspaces) -> None:
    with two:
        two.keys["acme"], two.keys["beta"] = two.keys["beta"], two.keys["acme"]
        done = two.command("apply", "--workspace", "acme", "--approve", "all")
        assert done.returncode == 2, done.stderr
        assert "which is beta in the workspaces file" in done.stderr
        assert two.changes("acme") == two.changes("beta") == 0


def test_a_name_stands_for_the_workspace_of_its_first_use(two: Workspaces) -> None:
    with two:
        two.sandboxes["acme"].world.workspace_name = two.sandboxes["beta"].world.workspace_name = "Agency"
        assert two.command("preview", "--workspace", "acme").returncode == 0
        (two.folder / "workspaces.toml").write_text('[workspaces.acme]\nkey_env = "KEY_BETA"\n')
        done = two.command("apply", "--workspace", "acme", "--approve", "all")
        assert done.returncode == 2, done.stderr
        assert "acme stood for" in done.stderr
        assert two.changes("beta") == 0


def test_the_file_may_stand_anywhere_and_gives_defaults_that_options_outdo(two: Workspaces) -> None:
    with two:
        place = two.folder / "elsewhere.toml"
        place.write_text('[workspaces.acme]\nkey_env = "KEY_ACME"\nparameters = {limit = 1}\n')
        done = two.command("apply", "--workspace", "acme", "--yes", "--workspaces", place.name)
        assert done.returncode == 0, done.stderr
        assert two.modes("acme") == ["full", "full", "full", "incremental"]
        done = two.command("apply", "--workspace", "acme", "--yes", "--limit", "2", f"--workspaces={place}")
        assert two.modes("acme") == ["full", "incremental", "incremental", "incremental"], done.stderr
        assert two.changes("beta") == 0
