"""What a page says about whom it is about: said on every page, in print on every sheet."""

from typing import Literal

Kind = Literal["synthetic", "made-up", "patient-data", "aggregates"]
Paper = Literal["a4", "letter"]

STAMPS: dict[Kind, str] = {
    "synthetic": "Synthetic, built from published aggregates, not patient data.",
    "made-up": "Synthetic, not patient data.",
    "patient-data": (
        "This report holds patient data. Do not send it on: amyloid share makes the version that may leave."
    ),
    "aggregates": "Aggregates only: small numbers are hidden and the others are rounded.",
}
