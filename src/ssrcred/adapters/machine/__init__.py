"""What the doctor asks this computer itself: its disk, its files' permissions, its names, proxy and certificates."""
