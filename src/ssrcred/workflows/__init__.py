"""What happens in which order: a workflow yields events one by one, and neither prints nor reads a clock."""
