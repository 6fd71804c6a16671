"""Tells an LEA's coordinators that a rotation begins and how it ended, by the ways in which reminders are sent.

Whoever was told the one is told the other, by whichever command ends the rotation: the standing remembers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ssrcred.adapters.config import Lea
from ssrcred.adapters.notify import Message
from ssrcred.app.reminders.delivery import CHAT, MAIL, Recipient
from ssrcred.app.session import Session, Work
from ssrcred.domain.announcement import News
from ssrcred.domain.credential import Credential
from ssrcred.domain.errors import CredentialMissing, KeyringFailed, SsrcredError
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.standing import slot_number
from ssrcred.output.announcement_text import Announcement

NOBODY: Final = (
    "The other coordinator is not told by ssrcred: no mailbox is in config.toml. To add it, write under "
    '[lea.NAME.coordinators]: elpac = "ADDRESS" (or caaspp).'
)


def coordinators(lea: Lea) -> list[Recipient]:
    """Return both coordinators' mailboxes, each once, and the LEA's chats; nobody where no mailbox is named."""
    named = {one.casefold(): one for one in (lea.coordinators.caaspp, lea.coordinators.elpac) if one}
    mailboxes = [Recipient(f"{MAIL}{key}", shown, (lea,)) for key, shown in named.items()]
    chats = [Recipient(f"{CHAT}{name}", name, (lea,)) for name in lea.remind.channels]
    return [*mailboxes, *chats] if mailboxes else []


def plan(work: Work) -> str:
    """Return a sentence that says whom a rotation would tell."""
    names = ", ".join(one.shown for one in coordinators(work.lea))
    if not names:
        return NOBODY
    by_hand = " No mail server is set up, so the texts for mailboxes would be shown for you to send."
    return f"Told before you generate, and again at the end: {names}.{by_hand if work.config.smtp is None else ''}"


def tell_beginning(session: Session, work: Work, narrate: Callable[[Event], None], *, ask: bool) -> None:
    """Tell the coordinators that new credentials are about to be generated, unless they know it of this rotation.

    `ask`: a person is asked first, once; who says no is not asked about the end either.
    """
    workflow, recipients = work.workflow, coordinators(work.lea)
    announced, rotation = workflow.standing.announced, workflow.standing.rotation
    if not recipients or rotation is None or (announced is not None and announced.slot == rotation.slot):
        return
    reached = [one.shown for one in recipients if _way(work, one)]
    question = f"\n  Tell {' and '.join(reached)} now that you are about to generate, and later how it ended?"
    if ask and reached and not session.terminal.ask_yes_no(question, default=True):
        return
    spent = workflow.spent()
    _tell(session, work, narrate, News.BEGINS, rotation.slot, spent[0] if spent else None)


@contextmanager
def outcome_told(session: Session, work: Work) -> Iterator[None]:
    """Tell the coordinators how a rotation ended inside, also where it ended in an error; whatever happens to that."""
    try:
        yield
    except SsrcredError:
        tell_outcome(session, work, work.terminal.narrator().tell)
        raise
    tell_outcome(session, work, work.terminal.narrator().tell)


def tell_outcome(session: Session, work: Work, narrate: Callable[[Event], None]) -> None:
    """Tell the coordinators, if they know of a rotation, how it stands now. Nothing that fails here is an error."""
    standing = work.workflow.standing
    announced, rotation = standing.announced, standing.rotation
    if announced is None:
        return
    slot = rotation.slot if rotation is not None else announced.slot
    if rotation is not None:
        news = News.OPEN
    elif standing.current is not None and slot_number(standing.current) >= slot_number(slot):
        news, slot = News.FINISHED, standing.current
    elif any(one.step is Step.ABANDON and one.detail.get("generated") == "no" for one in work.result.events):
        news = News.STOPPED
    else:
        news = News.FAILED
    try:
        credential = work.vault.read(slot) if work.vault.holds(slot) else None
    except (CredentialMissing, KeyringFailed):
        credential = None  # that there is news matters more than its check digits
    digits = "" if credential is None else credential.check_digits()
    if news is announced.news and (news is News.FAILED or digits in ("", announced.digits)):
        return
    try:
        _tell(session, work, narrate, news, slot, credential)
    except (SsrcredError, KeyboardInterrupt) as problem:
        why = problem.message if isinstance(problem, SsrcredError) else "You stopped the message."
        work.terminal.say(f"The coordinators were not told how it ended. {why}")


def _way(work: Work, recipient: Recipient) -> bool:
    """Whether there is a way to send something to a recipient."""
    return work.config.smtp is not None or not recipient.key.startswith(MAIL)


def _tell(
    session: Session,
    work: Work,
    narrate: Callable[[Event], None],
    news: News,
    slot: str,
    credential: Credential | None,
) -> None:
    """Send the news to everybody, record who was told, and show what a person has to send in ssrcred's place."""
    from ssrcred.app.reminders.delivery import Delivery  # mail is dear to import, and most runs send none

    terminal, environment, lea = session.terminal, session.environment, work.lea
    digits = "" if credential is None else credential.check_digits()
    generated_at = None if credential is None else credential.generated_at
    title, text = Announcement(news, lea.name, environment.person, lea.timezone, digits, generated_at).text()
    delivery, untold = Delivery(session, work.config), []
    for recipient in coordinators(lea):
        detail = {"to": recipient.shown, "news": news.value, "slot": slot}
        detail |= {"digits": digits} if digits else {}
        outcome = Outcome.SHOWN
        if _way(work, recipient):
            try:
                with terminal.waiting_for(f"the message to {recipient.shown} to be sent"):
                    delivery.send(recipient, Message(title, text, environment.now()))
            except SsrcredError as problem:
                outcome, detail["reason"] = Outcome.FAILED, problem.message
            else:
                outcome = Outcome.TOLD
        if outcome is not Outcome.TOLD:
            untold.append(recipient.shown)
        work.follow([work.workflow.tell(Step.TELL, outcome, **detail)], narrate)
    if untold:
        terminal.say("")
        terminal.say(f"  Please send this yourself to {', '.join(untold)}:")
        terminal.say("")
        for line in (title, "", *text.splitlines()):
            terminal.say(f"    {line}".rstrip())
