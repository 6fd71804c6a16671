"""Which fields of a page may hold credentials: what a person is shown, and chooses from."""
