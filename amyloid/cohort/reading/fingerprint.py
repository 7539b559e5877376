"""A hash of all input files, taken beside the reading."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ASKED = "AMYLOID_READINGS"
"""Names a file into which every reading of a cohort is noted: the runner holds notebooks to one state."""


def note_reading(cohort: Path, fingerprint: str) -> None:
    """Note what was read, where it is asked for."""
    if os.environ.get(ASKED):
        with open(os.environ[ASKED], "a", encoding="utf-8") as file:
            file.write(f"{fingerprint} {cohort.resolve()}\n")


class Fingerprint:
    """SHA-256 of the input files in the order in which they are given.

    One thread hashes while the tables are parsed: hashing does not hold the interpreter's lock.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._worker = ThreadPoolExecutor(1)

    def add(self, name: str, data: bytes) -> None:
        """Take in a file under a name."""
        self.update(f"{name}\0{len(data)}\0".encode())
        self.update(data)

    def add_file(self, path: Path) -> None:
        """Take in a file by its own hash, so that it is never held in memory whole."""
        with path.open("rb") as file:
            self.update(hashlib.file_digest(file, "sha256").digest())

    def update(self, data: bytes) -> None:
        """Take in bytes."""
        self._worker.submit(self._digest.update, data)

    def hexdigest(self) -> str:
        """Wait for what is under way, and give the hash, hexadecimal; nothing can be added afterwards."""
        self._worker.shutdown()
        return self._digest.hexdigest()
