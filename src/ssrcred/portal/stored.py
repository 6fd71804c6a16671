"""Where a recording shows the stored pair: in a page or data that was asked for after the save, or before it."""

from __future__ import annotations

from urllib.parse import urlsplit

from ssrcred.adapters.portal.html.page import read
from ssrcred.portal.chance import looks_random
from ssrcred.portal.explain import Explainer, Unexplained
from ssrcred.portal.fit import fitting
from ssrcred.portal.recording import LOOK, OWN_FORM, SAVE, Step
from ssrcred.portal.spot import KINDS, Spot, sheet, text_of
from ssrcred.portal.trace import Markers, Visited, shown_path


def find_stored(
    explainer: Explainer, visits: list[Visited], steps: dict[int, Step], save: int, marks: Markers
) -> tuple[Spot | None, Spot | None]:
    """Where the stored user name, and perhaps the key, is shown: seen after the save, or before it."""
    later = [at for at in range(save + 1, len(visits)) if visits[at].good]
    landed = [save] if visits[save].answer is not visits[save].exchange.answer else []
    for at in [*landed, *later, *sorted((at for at in steps if at < save), reverse=True)]:
        shown = _showing(visits[at], marks.username)
        on_page = _same_page(visits, steps, at, save)
        form = _in_form(visits[at], steps[save], marks.username) if on_page == _form_page(steps, save) else None
        if form is not None:
            key = _in_form(visits[at], steps[save], marks.key)
            return form, key
        if shown is None:
            continue
        if on_page is None:
            if visits[at].method != "GET":
                continue
            try:
                steps[at] = explainer.step(at, LOOK)
            except Unexplained:
                continue
            if _rests_on(steps[at], explainer, save) or explainer.needed - steps.keys():
                del steps[at]  # it can be asked for only after a save
                continue
            on_page = at
        key = _showing(visits[at], marks.key)
        return shown._replace(on=str(on_page)), key._replace(on=str(on_page)) if key is not None else None
    return None, None


def _rests_on(step: Step, explainer: Explainer, save: int) -> bool:
    names = {item.name for item in explainer.sources.used({save: SAVE}) if item.spot.on == SAVE}
    return any(name.removeprefix("fresh.") in names for name, _ in step.slots())


def _form_page(steps: dict[int, Step], save: int) -> int | None:
    return int(steps[save].form) if steps[save].form else None


def _same_page(visits: list[Visited], steps: dict[int, Step], at: int, save: int) -> int | None:
    """The step on the way that shows the same page as a visit, the last one first."""
    url = _steady(visits[at].answer.url)
    same = [step for step in steps if step < save and _steady(visits[step].answer.url) == url]
    same = [step for step in same if steps[step].does == LOOK]
    return max(same, default=None)


def _steady(url: str) -> tuple[str, tuple[str, ...]]:
    """An address without what is new in it each time, such as the `_=1700000000000` that avoids caches."""
    pairs = urlsplit(url).query.split("&")
    return shown_path(url), tuple(pair for pair in pairs if pair and not looks_random(pair.partition("=")[2]))


def _showing(visit: Visited, marker: str) -> Spot | None:
    """The surest place of an answer that shows a marker and nothing else."""
    seen = sheet(visit.answer)
    found = [
        Spot(kind, at)
        for (kind, at), values in seen.values.items()
        if kind != "link" and [text_of(value) for _, value in values] == [marker]
    ]
    return min(found, key=lambda spot: (KINDS.index(spot.kind), len(spot.at)), default=None)


def _in_form(visit: Visited, step: Step, marker: str) -> Spot | None:
    """The field of the saving form that shows a marker, if the visit's page has that form."""
    sent = {name for name, value in step.fields if "{{pair." in value}
    forms = fitting(read(visit.answer), step)
    found = [item for form in forms for item in form.controls if item.name in sent and item.value == marker]
    return Spot(OWN_FORM, found[0].name) if len(forms) == 1 and found else None
