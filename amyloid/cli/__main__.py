"""``python -m amyloid.cli`` is ``amyloid``."""

from amyloid.cli import main

main()
