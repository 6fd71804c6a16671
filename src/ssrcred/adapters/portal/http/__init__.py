"""A portal worked through its forms, as a browser without scripts would."""
