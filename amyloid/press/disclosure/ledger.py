"""What was released of a cohort before: two releases that differ by few patients give those few away."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

NAME: Final = ".amyloid-releases.json"
FORMAT: Final = 1


@dataclass
class Ledger:
    """The releases of one cohort; patients stand in it as salted hashes only.

    Attributes
    ----------
    salt : str
        Drawn once per ledger.
    releases : list of mapping
        ``fingerprint, n, rules, patients`` (hashes), ``day``, and of an override its ``reason`` and the words
        that it ``allowed``.
    """

    salt: str = field(default_factory=lambda: secrets.token_hex(16))
    releases: list[dict[str, Any]] = field(default_factory=list)

    def entry(self, patients: Iterable[str], fingerprint: str, rules: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a release of these patients under these rules would be written down as."""
        salt = self.salt.encode()
        hashes = sorted(hmac.new(salt, each.encode(), hashlib.sha256).hexdigest()[:24] for each in patients)
        return {"fingerprint": fingerprint, "n": len(hashes), "rules": dict(rules), "patients": hashes}

    def objections(self, entry: Mapping[str, Any], min_cell: int) -> list[str]:
        """Say which earlier releases this one may not stand beside, and why.

        The same release again is no objection.
        """
        found = []
        for earlier in self.releases:
            apart = len(set(entry["patients"]) ^ set(earlier["patients"]))
            if 0 < apart < min_cell:
                why = (
                    f"differs from this one by fewer than {min_cell} patients: "
                    "side by side the two give those patients away. Release when more have joined."
                )
            elif apart == 0 and entry["rules"] != earlier["rules"]:
                why = (
                    "holds the same patients under other rules or criteria: "
                    "side by side they show who moved. Use the rules of that release."
                )
            elif apart == 0 and entry["fingerprint"] != earlier["fingerprint"]:
                why = (
                    "holds the same patients with other values: side by side "
                    "they show whose values changed. Wait until more has changed."
                )
            else:
                continue
            found.append(f"A release of {earlier['day']} {why}")
        return list(dict.fromkeys(found))

    def add(self, entry: Mapping[str, Any], reason: str = "", allowed: Sequence[str] = ()) -> None:
        """Write a release down; the same one again is written once."""
        known = [{name: one[name] for name in entry} for one in self.releases]
        if dict(entry) not in known or reason:
            told = {"allowed": list(allowed)} if allowed else {}
            self.releases.append({**entry, "day": date.today().isoformat(), "reason": reason, **told})


def read_ledger(path: Path) -> Ledger:
    """Read a ledger; a new one where there is none.

    Raises
    ------
    ValueError
        The file is not a ledger of this format.
    """
    if not path.exists():
        return Ledger()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise KeyError("format")
        return Ledger(str(content["salt"]), list(content["releases"]))
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError):
        raise ValueError(
            f"{path.name} is not a ledger of releases; move it away only if nothing was released yet."
        ) from None


def written(ledger: Ledger) -> bytes:
    """Return a ledger as its file."""
    content = {"format": FORMAT, "salt": ledger.salt, "releases": ledger.releases}
    return (json.dumps(content, indent=1) + "\n").encode()
