"""What a person reads, by rich: what comes from outside is shown on it, and never obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssrcred.output.fold import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, ConsoleRenderable
    from rich.segment import Segment


def screen(**settings: Any) -> Console:
    """rich's console with these settings; all text on it is `harmless`, in tables too."""
    from rich.console import Console, RenderHook

    class Harmless(RenderHook):
        def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
            return [_Shown(one) for one in renderables]

    console = Console(**settings)
    console.push_render_hook(Harmless())
    return console


class _Shown:
    """Something to print, its text made harmless once it is laid out; rich's own cursor moves are no text."""

    def __init__(self, inner: ConsoleRenderable) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        from rich.segment import Segment

        for text, style, control in console.render(self._inner, options):
            yield Segment(text if control else harmless(text), style, control)
