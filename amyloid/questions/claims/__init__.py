"""The published numbers, the audit of the printed percentages, and computed against printed."""

from amyloid.questions.claims.auditing import audit, denominators
from amyloid.questions.claims.findings import findings
from amyloid.questions.claims.published import as_printed, joined, published, reproduces_the_abstract, verdict

__all__ = [
    "as_printed",
    "audit",
    "denominators",
    "findings",
    "joined",
    "published",
    "reproduces_the_abstract",
    "verdict",
]
