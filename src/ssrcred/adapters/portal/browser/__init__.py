"""A real browser at a portal, behind a gate that decides what may leave it."""
