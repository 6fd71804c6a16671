"""What a person confirmed about one LEA's settings, its file, and how a page is held against it."""
