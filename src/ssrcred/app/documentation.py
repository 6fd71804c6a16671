"""What `ssrcred help` can show: the pages of docs/, from the wheel, or in a checkout from beside src/."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ssrcred.domain.errors import UsageWrong, nearest

PACKAGE: Final = Path(__file__).parents[1]
# pyproject.toml puts a copy into the wheel; a checkout, also one that is installed editable, has the originals.
FOLDERS: Final = (PACKAGE / "data" / "docs", PACKAGE.parents[1] / "docs")
# Indexes, which `ssrcred help` takes the place of, and the team's own pages.
LEFT_OUT: Final = ("README", "shared")
# In the order in which somebody new reads them; "" are the pages beside the folders.
KINDS: Final = {
    "tutorial": "Tutorial",
    "how-to": "How to …",
    "reference": "Reference",
    "explanation": "Explanation",
    "": "For developers",
}
HEADING: Final = re.compile(r"^# (.+)$", re.MULTILINE)
LINK: Final = re.compile(r"!?\[([^\]]*)\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """A page of the documentation: `name` is what `ssrcred help` calls it, `kind` its folder, `path` its file."""

    name: str
    kind: str
    path: Path

    @property
    def markdown(self) -> str:
        """The page as it was written."""
        return self.path.read_text("utf-8")

    @property
    def heading(self) -> str:
        """What its kind of pages is called in a list."""
        return KINDS[self.kind]

    @property
    def title(self) -> str:
        """Its heading."""
        found = HEADING.search(self.markdown)
        return found[1].replace("`", "") if found else self.name


def topics(commands: Collection[str]) -> list[Page]:
    """Every page; one whose file is called like a command is named with its folder: how-to/rotate."""
    root = next((folder for folder in FOLDERS if folder.is_dir()), FOLDERS[0])
    found = []
    for kind in KINDS:
        for path in sorted((root / kind).glob("*.md")):
            if path.stem not in LEFT_OUT:
                found.append(Page(f"{kind}/{path.stem}" if path.stem in commands else path.stem, kind, path))
    return found


def topic_named(name: str, commands: Collection[str]) -> Page:
    """The page of this name, with its folder or without. Raises UsageWrong, with the nearest name."""
    known = {one.name: one for one in topics(commands)}
    short = {one.path.stem: one for one in known.values()}
    full = {f"{one.kind}/{one.path.stem}": one for one in known.values()}
    found = known.get(name) or full.get(name) or short.get(name)
    if found is None:
        like = nearest(name, [*commands, *known])
        raise UsageWrong(
            f"There is neither a command nor a topic '{name}'{f'; did you mean {like}?' if like else '.'}",
            state="Nothing was shown.",
            hint=f"To see it: ssrcred help {like}" if like else "To list all: ssrcred help",
        )
    return found


def with_commands_for_links(page: Page, known: list[Page]) -> str:
    """The Markdown of a page in which each link to another one is what to type for it."""
    names = {one.path: one.name for one in known}

    def typed(link: re.Match[str]) -> str:
        text, target = link[1], link[2]
        if "://" in target:
            return link[0]
        # By the words alone: one of the folders above may be a link to another, and would be called like that one.
        name = names.get(Path(os.path.normpath(page.path.parent / target.partition("#")[0])))
        return f"{text} (`ssrcred help {name}`)" if name and name != page.name else text

    return LINK.sub(typed, page.markdown)
