"""Every number of the reference files against the function that computes it.

Each module walks one kind of file and yields comparisons; what no comparison touches must be named in
`uncovered`. `python tests/stats/agreement_with_r` writes docs/validation.md.
"""
