"""What commands share and what is bigger than a command: what runs, in which order, for which LEA."""
