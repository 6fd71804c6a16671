"""What is shown: for a person, and as one JSON document."""
