"""The doctor: every check of this computer and of each LEA, and what each finding means."""
