"""Lets the tests of this folder import the comparisons that also write docs/validation.md."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
