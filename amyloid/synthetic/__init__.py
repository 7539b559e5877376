"""A seeded cohort that satisfies every published number, and what the numbers leave open drawn at random.

It shares no code with the analysis, so that their agreement is a test.
"""

from amyloid.synthetic.assemble import Reconstruction, file_texts, reconstruct, write_files

__all__ = ["Reconstruction", "file_texts", "reconstruct", "write_files"]
