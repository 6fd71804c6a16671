"""What the doctor reads of this computer: its disk, its files' permissions, its DNS and its certificates."""
