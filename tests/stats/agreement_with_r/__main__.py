"""Write docs/validation.md."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / room) for room in ("stats", "support")]

from agreement_with_r import page

page.PAGE.write_text(page.render())
