"""The plans that somebody approved: a file of digests by workspace, which a preview writes."""

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from edges_nb.errors import BadInput
from edges_nb.notebook.parameters import ALL
from edges_nb.private_files import write_private

FILE = "approvals.json"
_DIGEST = re.compile(r"plan-[0-9a-f]{12}")


def write_approvals(path: Path, digests: Mapping[str, str]) -> None:
    """Write what was previewed, for a person to read, take lines out of, and approve by handing it in."""
    write_private(path, json.dumps(digests, indent=1, ensure_ascii=False) + "\n")


def read_approvals(given: str, known: Collection[str]) -> Mapping[str, str]:
    """Return what is approved by workspace: a digest, or `all` for every one of them.

    Args:
        given: the path of a file of digests, or `all`.
        known: the names in the workspaces file.

    Raises:
        BadInput: nothing is given, it is no such file, or it names what is not there; all is told at once.
    """
    if given == ALL:
        return dict.fromkeys(known, ALL)
    if not given:
        raise BadInput(
            f"Changing workspaces needs --approve: the {FILE} that a preview wrote, or {ALL} to do whatever "
            "the plans say without a review. Nothing was changed."
        )
    try:
        digests = json.loads(Path(given).expanduser().read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RuntimeError):
        digests = None
    if not isinstance(digests, dict):
        raise BadInput(f"{given} is no file of approvals: give the {FILE} that a preview wrote.")
    problems = [f"{name} is no workspace of the file" for name in digests if name not in known]
    problems += [
        f"{name} has no digest such as plan-0123456789ab"
        for name, digest in digests.items()
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest)
    ]
    if problems:
        raise BadInput(f"{given} can't be used: {'; '.join(problems)}. Nothing was changed.")
    return digests
