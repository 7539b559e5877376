"""What may leave the building: rules for numbers, a gate for files. Pure functions, no science.

Sources of the rules: HIPAA Safe Harbor, 45 CFR 164.514(b)(2) (ages above 89, dates); EMA Policy 0070;
CMS cell size suppression policy (no cell of 1 to 10); OpenSAFELY's output rules (redact, then round).
"""
