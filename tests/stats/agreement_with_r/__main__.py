"""Write docs/validation.md."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "support"))

from agreement_with_r import page

page.PAGE.write_text(page.render())
