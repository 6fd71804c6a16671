"""Takes new credentials from a person, the clipboard or a pipe, and refuses what TOMS cannot have shown.

Every way ends in `Captured` credentials or in InputRefused. What was given is never repeated: only the length of what
is on the clipboard is told, and errors name a position and a character (see domain/paste_check.py).
"""
