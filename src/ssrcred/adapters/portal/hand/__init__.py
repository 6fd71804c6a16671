"""A portal worked by a person, who is told where to click."""
