"""The form that asks for a log-in: one user name, one password and a button, all called what the map says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssrcred.adapters.portal.html.wording import same

if TYPE_CHECKING:
    from ssrcred.adapters.portal.html.form import Form
    from ssrcred.adapters.portal.html.page import Button, Field, Page
    from ssrcred.adapters.portal.map import LoginWords


class Door(NamedTuple):
    """A log-in form: its two fields and its button, None if it has none at all."""

    form: Form
    username: Field
    password: Field
    button: Button | None

    @property
    def names(self) -> tuple[str, str]:
        """What its two fields are sent as."""
        return self.username.control.name, self.password.control.name


def doors_on(page: Page, words: LoginWords) -> list[Door]:
    """Every log-in form that can be seen on a page; a form with two passwords, or one that is not posted, is none."""
    found = []
    asking = [item for item in page.fields() if item.control.kind == "password"]
    for password in asking:
        form = password.form
        fields = [item for item in page.fields() if item.form is form and item.control.kind in ("text", "email")]
        users = [item for item in fields if item.is_called(words.username)]
        if not password.is_called(words.password) or len(users) != 1 or form.method != "post":
            continue  # a form that is not posted would put the password into an address
        buttons = [item for item in page.buttons() if item.form is form and item.control.submits]
        called = [item for item in buttons if same(item.words, words.button) and _posts(item)]
        alone = sum(item.form is form for item in asking) == 1
        if alone and (called or not buttons):
            found.append(Door(form, users[0], password, called[0] if called else None))
    return found


def _posts(button: Button) -> bool:
    """Whether a button does not have its form sent in an address after all (`formmethod` wins over the form's)."""
    return button.control.node.attributes.get("formmethod", "post").lower() == "post"
