"""Facts that a vendor may change, as TOML: no code."""
