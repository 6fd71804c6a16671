"""How Windows takes a command line apart, written from the documentation of CommandLineToArgvW."""

from __future__ import annotations


def windows_words(line: str) -> list[str]:
    """Takes a command line apart as CommandLineToArgvW is documented to."""
    words: list[str] = []
    word, inside, begun, at = "", False, False, 0
    while at < len(line):
        backslashes = len(line[at:]) - len(line[at:].lstrip("\\"))
        at += backslashes
        if backslashes and line[at : at + 1] == '"':
            word += "\\" * (backslashes // 2)
            begun = True
            if backslashes % 2:
                word += '"'
                at += 1
            continue
        word += "\\" * backslashes
        begun = begun or backslashes > 0
        if at >= len(line):
            break
        sign, at = line[at], at + 1
        if sign == '"':
            inside, begun = not inside, True
        elif sign in " \t" and not inside:
            words, word, begun = [*words, word] if begun else words, "", False
        else:
            word, begun = word + sign, True
    return [*words, word] if begun else words
