"""Uids that are the same whenever the seed and what they stand for are."""

from __future__ import annotations

import uuid


class Namer:
    """Makes uids from a seed."""

    def __init__(self, seed: int) -> None:
        self._namespace = uuid.uuid5(uuid.NAMESPACE_URL, f"edges-sandbox/{seed}")

    def uid(self, *parts: object) -> str:
        """The uid of what the parts stand for."""
        return str(uuid.uuid5(self._namespace, "/".join(map(str, parts))))
