"""The name by which jobs that are set up start what keeps their log."""
