"""What each notebook asks of a cohort: the frames, and the sentences that read them."""
