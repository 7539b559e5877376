"""What goes beside the pages: the checklist of what a scan cannot see, and the manifest with hashes."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from amyloid import __version__
from amyloid.press.disclosure.gate import MANIFEST
from amyloid.press.share.blocks import Block

CHECKLIST = "CHECKLIST.txt"
PROGRAM = "amyloid-notebooks"
"""As the manifest names it; a clone of the project has a folder of this name."""
_UNSEEN = (
    "Pixels: text that is drawn inside a picture is not read. Open every picture.",
    "Rare combinations: a count of 15 can still be known to a reader who knows the center. Read every table.",
    "Two releases: the ledger beside the cohort knows the earlier ones of this cohort, and no others.",
    "Outside knowledge: a rare event that a newspaper named is not known to the scan.",
    "Consent, contract and law: whether these numbers may leave is for the data's owner to say.",
)
_SYNTHETIC = (
    "The cohort is the one that comes with this program. It was generated from published aggregates; "
    "no row is a person. Its fingerprint was compared with the program's own copy. So the whole report "
    "is here, with every synthetic patient, and no small number is hidden.",
    "The executed notebooks are left out: their metadata say where and when they were run.",
)


def statuses(
    contents: Mapping[str, bytes], blocks: Sequence[Block], withheld: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Return of each output whether it leaves, and why so: released, partly hidden or withheld."""
    hidden = {f"tables/{block.key}.csv": block.hidden for block in blocks}
    found = {}
    for name in sorted(contents):
        if hidden.get(name):
            found[name] = {"status": "partly hidden", "reason": "small counts, and what would give them back"}
        else:
            found[name] = {"status": "released", "reason": "aggregates under the rules"}
    for words in withheld:
        name, _, reason = words.partition(": ")
        found[name] = {"status": "withheld", "reason": reason}
    return found


def checklist(
    synthetic: bool,
    least: int,
    unsearchable: Sequence[str],
    outputs: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """Return the text of the checklist."""
    lines = ["Before you send this file", ""]
    if synthetic:
        lines += [*_SYNTHETIC, ""]
    else:
        lines += [
            f"Every number was built from aggregates under these rules: no count below {least}, counts "
            "rounded to 5, no dates, ages above 89 as 90+, quartiles in place of extremes, survival in "
            "points. Every hidden count was proved: two whole tables fit all that is printed and differ in "
            "it by the smallest count or more; the manifest holds the figures.",
            "The finished file was searched for identifiers, dates, paths, addresses and scripts; "
            "none was found.",
            "",
        ]
        if unsearchable:
            lines += [
                "Some identifiers are too short to be told from counts or words. "
                "They were not searched for, or only beside words such as 'patient'. "
                "Longer identifiers make the search stronger.",
                "",
            ]
    lines += ["What a scan cannot see, and a person must:", "", *(f"[ ] {line}" for line in _UNSEEN), ""]
    for name, output in (outputs or {}).items():
        lines.append(f"[ ] {name}: {output['status']} ({output['reason']})")
    lines += ["", "Checked by (name, day):", "", "Checked again by a second person (name, day):", ""]
    return "\n".join(lines)


def manifest(contents: Mapping[str, bytes], facts: Mapping[str, object]) -> bytes:
    """Return the manifest: what this is, and the SHA-256 of every other file."""
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())}
    whole = {
        "format": "amyloid-share-1",
        "program": f"{PROGRAM} {__version__}",
        **facts,
        "files": listed,
    }
    return (json.dumps(whole, indent=1, ensure_ascii=True) + "\n").encode()


__all__ = ["CHECKLIST", "MANIFEST", "PROGRAM", "checklist", "manifest"]
