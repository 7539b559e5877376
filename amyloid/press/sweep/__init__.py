"""Many runs over parameters, cohorts and seeds, and what moved between them."""
