"""What the doctor reads of this computer: its disk, its files' permissions, DNS, proxy script and certificates."""
