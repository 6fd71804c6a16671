"""What `ssrcred help` can show: the commands, and the pages that came with the program."""

from __future__ import annotations

from collections.abc import Collection

from ssrcred.adapters.documentation import Page, pages, with_commands_for_links
from ssrcred.domain.errors import UsageWrong, nearest


def topics(commands: Collection[str]) -> list[Page]:
    """Every page; one that is called like a command has its folder before its name."""
    return pages(frozenset(commands))


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


def for_a_terminal(topic: Page, commands: Collection[str]) -> str:
    """The Markdown of a page, with what to type in place of links to other pages."""
    return with_commands_for_links(topic, topics(commands))
