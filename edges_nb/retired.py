"""Paths that notebooks of 0.1.0 import from: whoever kept a copy is told to copy the notebook anew."""

import sys

_PATHS = {
    "edges_nb.explore": "01_explore",
    "edges_nb.workflow": "02_migrate",
    "edges_nb.starting": "03_start_incremental",
    "edges_nb.watching": "04_watch",
}


class _Retired:
    """A finder that is asked last, when there is no such module."""

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> None:
        """Raise ImportError for a retired path; leave every other name to Python's own message."""
        if fullname in _PATHS:
            raise ImportError(
                f"This copy of {_PATHS[fullname]} was made by edges-nb 0.1.0 and does not work with this "
                "version: move it away and run `edges-nb lab`, which makes a new copy."
            )


def tell_retired_paths() -> None:
    """Let imports of a retired path end with a sentence."""
    sys.meta_path.append(_Retired)
