"""From files to typed columns: reading as text, parsing by rule, checks within and across tables."""
