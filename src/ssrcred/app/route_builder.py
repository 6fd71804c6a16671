"""Turns a person's answers about the fields that were found into a route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ssrcred.adapters.portal.find.candidate import BLANK, Candidate, Other
from ssrcred.adapters.portal.find.search import ROWS, Found
from ssrcred.adapters.portal.html.page import Button
from ssrcred.adapters.portal.html.text_comparison import alike, beside, normal, says
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.route.route import (
    THE_SCHOOL,
    FieldLook,
    Fields,
    GroupRoute,
    PlaceRoute,
    Route,
    SaveControl,
    Variables,
)
from ssrcred.adapters.portal.route_follower import Draft
from ssrcred.adapters.portal.visit.setting_form import LEAVE, Save
from ssrcred.domain.errors import PageChanged, UsageWrong
from ssrcred.domain.place import DISTRICT, Difference, What

SCHOOL: Final = "school:"
SCHOOLS: Final = "schools"
# What portals call their environments; a choice that says one is proposed to be watched, and a person decides.
ENVIRONMENTS: Final = ("production", "live", "test", "training", "sandbox", "demo", "staging")
CHANGED_NOTHING: Final = "Nothing was confirmed and nothing was changed."


@dataclass(frozen=True)
class Decisions:
    """A person's answers, each by the ID of what was found. An empty text answers "none"."""

    accept: Mapping[str, str]  # whose the fields are: district, school:NAME, schools or ignore
    repeat: Mapping[str, str] = field(default_factory=dict)  # a second field for the key
    boxes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # those that have to be checked
    save_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the number, and what is pressed second
    watch: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # choices that say whose settings these are


def drafts(found: Sequence[Found], decisions: Decisions, words: PortalMap, lea: Variables) -> list[Draft]:
    """What will be confirmed. Raises UsageWrong for a question left open, and PageChanged for an ID that fits none."""
    by_id = {item.id: item for item in found if item.id is not None}
    if unknown := [id for answers in vars(decisions).values() for id in answers if id not in by_id]:
        raise PageChanged(
            f"No fields with the ID {unknown[0]} were found.",
            state=CHANGED_NOTHING,
            hint="The page may have changed since. List the fields again: ssrcred portal find",
            differences=(Difference("", What.FIELD, unknown[0], ", ".join(map(str, by_id)) or "nothing"),),
        )
    accepted = {id: whose.strip() for id, whose in decisions.accept.items() if whose.strip() != "ignore"}
    if not accepted:
        raise UsageWrong(
            "You accepted no fields.",
            state=CHANGED_NOTHING,
            hint="List the fields: ssrcred portal find. Then say whose they are: "
            "ssrcred portal confirm --accept ID=district",
        )
    made = []
    for id, whose in accepted.items():
        item, name = by_id[id], whose.removeprefix(SCHOOL).strip()
        if (whose == SCHOOLS) != (item.group is not None):
            kind, usual = ("a single setting", DISTRICT) if item.group is None else ("a list of schools", SCHOOLS)
            raise _open(f"{id} is {kind}.", f"--accept {id}={usual}")
        if whose not in (DISTRICT, SCHOOLS) and (name == whose or not name):
            every = f"--accept {id}=district|school:NAME|schools|ignore"
            raise _open(f"“{whose}” does not say whose the fields are.", every)
        made.append(Draft(name, item, _fields(item, id, decisions, words, lea)))
    places = [normal(draft.place) for draft in made if draft.place != SCHOOLS]
    if len(set(places)) != len(places):
        raise _open("Two settings were accepted for the same district or school.", "--accept ID=ignore")
    return made


def repeat_field(candidate: Candidate) -> Other | None:
    """Return an empty password field right behind the key, which may take the key too."""
    fields = [item for item in candidate.page.fields if item.form.node is candidate.key.form.node]
    at = [item.control.node for item in fields].index(candidate.key.control.node)
    behind = [candidate.other(item) for item in fields[at + 1 : at + 2] if item.control.node not in candidate.nodes]
    return next((item for item in behind if item.kind == "password" and item.holds == BLANK), None)


def watchable(candidate: Candidate) -> list[Other]:
    """The choices that a person may have watched, of any form of the page: lists, radio buttons that are on, boxes."""
    fields = [item for item in candidate.page.fields if item.control.kind in ("select", "radio", "checkbox")]
    return [candidate.other(item) for item in fields if item.control.kind != "radio" or item.control.on]


def proposed_watch(found: Found, words: PortalMap, lea: Variables) -> list[Other]:
    """The choices that name a school, the district or an environment, and those in the fields' own row or fieldset."""
    # For a group nothing that differs from school to school: the choices of a row, and the list that chooses a school.
    schools = [member.name for member in found.group.members] if found.group is not None else []
    own = found.group is None and found.candidate.key.control.node.within("tr", "fieldset") is not None
    named = list(filter(None, (*words.fields.district, lea.name, *schools, *ENVIRONMENTS)))
    proposed = []
    for item in watchable(found.candidate):
        # A list's choice says whose settings these are; a button or box says it by its label.
        text = item.holds if item.kind == "select" else item.label
        chooses_school = item.kind == "select" and any(alike(text, school) for school in schools)
        says_whose = item.kind != "checkbox" and says(text, named)
        if not chooses_school and (says_whose or (own and item.near)):
            proposed.append(item)
    return proposed


def usual_save(found: Found, words: PortalMap) -> Save | None:
    """What saves, if just one thing is called as the map says: with the school's name beside it, else without."""
    form = found.candidate.key.form.node
    for alternative in words.save.button:  # the map's first words win
        called = [(save, beside(save.label, alternative)) for save in found.candidate.saves if save.kind != LEAVE]
        for wanted in dict.fromkeys((normal(found.school), "")):
            fitting = [save for save, rest in called if rest is not None and normal(rest) == wanted]
            # A window lists those of other forms too.
            own = [save for save in fitting if isinstance(save.what, Button) and save.what.form.node is form]
            if fitting := own or fitting:
                return fitting[0] if len(fitting) == 1 else None
    return None


def as_route(
    made: Sequence[Draft], before: Route | None, driver: str, rehearsed: str, by: str, at: datetime, address: str
) -> Route:
    """The route with these settings in it; of the one `before` only the settings that are named anew are replaced."""
    places = dict(before.places) if before is not None else {}
    groups = list(before.groups) if before is not None else []
    for draft in made:
        candidate, group = draft.found.candidate, draft.found.group
        if group is None:
            places[draft.place] = PlaceRoute(candidate.names, draft.fields, candidate.controls)
            continue
        around = [member.names[1:] for member in group.members]
        common = [name for name in around[0] if all(any(alike(name, word) for word in names) for names in around)]
        heading = group.heading
        if group.kind == ROWS:
            heading = next(iter(common), "")
            common = [name for name in common if not alike(name, heading)]
        groups = [one for one in groups if (one.kind, one.heading) != (group.kind, heading)]
        members = tuple(member.name for member in group.members)
        groups.append(GroupRoute(group.kind, heading, draft.fields, tuple(common), members))
    return Route(driver, by, at, rehearsed, places, tuple(groups), address)


def _fields(found: Found, id: str, decisions: Decisions, words: PortalMap, lea: Variables) -> Fields:
    """What will be pinned of two fields. Raises UsageWrong for a question that is left open."""
    candidate, group = found.candidate, found.group

    def label(name: str, kinds: set[str], option: str) -> str:
        """The label of the field that is called `name`, or that has it as its control's name; "" for ""."""
        other = candidate.control_called(name, kinds) if name else None
        if name and other is None:
            raise _open(f"No suitable field called {name} was found near these fields.", f"{option} {id}=FIELD")
        return "" if other is None else other.label or other.field

    boxes = tuple(filter(None, (label(name, {"checkbox"}, "--box") for name in decisions.boxes.get(id, ()))))
    if not candidate.key.control.writable and not boxes:
        raise _open("The secret key field is disabled until a box is checked.", f"--box {id}=FIELD")

    repeat, behind = decisions.repeat.get(id), repeat_field(candidate)
    if repeat is None and behind is not None:
        called, option = behind.label or behind.field, f"--repeat {id}=FIELD (or --repeat {id}= for no)"
        raise _open(f"The empty field “{called}” follows the secret key. Does the secret key go there too?", option)

    number, then = (*decisions.save_with.get(id, ()), "", "")[:2]
    numbered = (item for item in candidate.saves if number in (str(item.number), item.label))
    if (save := next(numbered, None) if number else usual_save(found, words)) is None:
        listed = ", ".join(f"{item.number} {item.label or 'leaving the field'}" for item in candidate.saves)
        raise _open(
            f"It is not clear which control saves these fields. Choose one of: {listed}.", f"--save-with {id}=N"
        )
    saves = save.label.replace(found.school, THE_SCHOOL) if found.school else save.label

    wanted = decisions.watch.get(id)
    watched = proposed_watch(found, words, lea) if wanted is None else []
    for name in filter(None, wanted or ()):
        choices = [item for item in watchable(candidate) if name in (item.field, item.label)]
        if not choices:
            raise _open(f"No choice called {name} was found near these fields.", f"--watch {id}=FIELD")
        watched += choices

    return Fields(
        FieldLook(candidate.labels[0], candidate.kinds[0]),
        FieldLook(candidate.labels[1], candidate.kinds[1], "text" if found.clicked else ""),
        SaveControl(save.kind, saves, then),
        label(repeat or "", {"password", "text"}, "--repeat"),
        boxes,
        {item.label: item.holds for item in watched if item.label},
        # The last step leads to the one school that was looked at; the group begins at the list.
        candidate.way if group is None or group.kind == ROWS else candidate.way[:-1],
        candidate.form,
    )


def _open(question: str, option: str) -> UsageWrong:
    return UsageWrong(question, state=CHANGED_NOTHING, hint=f"Answer with: {option}")
