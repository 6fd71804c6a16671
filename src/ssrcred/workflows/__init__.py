"""What happens in which order: each tells its events one by one, and neither prints nor looks at a clock."""
