"""Pages on which a save can go wrong and look right: what was sent is not what a browser sends, or not what is kept."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

import re
from html import escape

from adapters.portal.pages.page_server import DISTRICT, Group, Reply, Request, Save, SettingsPage


class RenamedOnFocus(SettingsPage):
    """The key's own script renames it when it gets the focus, against password managers; the server takes only that."""

    name = "The key's field is renamed by its own script when it gets the focus."
    kind = "written wrongly: a key field whose own script renames it when it gets the focus (onfocus)"
    product = "DistrictHub"
    way = ("System", "Interfaces", "CAASPP")
    heading = "CAASPP interface"
    handlers = True
    reproducible = False
    event = "onfocus"

    def settings_page(self, request: Request) -> str:
        key = self.controls(DISTRICT)[1]
        return self.document(
            "Interfaces",
            f"""<h1>Interfaces</h1><form method="post" action="{self.action}">{self.hidden(request)}<fieldset><legend>{self.heading}</legend>{self.two_fields(DISTRICT, f''' {self.event}="this.name='{key}_new'"''')}</fieldset>
{self.setting_rows()}<input type="submit" value="{self.save.label}"></form>""",
        )

    def take(self, request: Request, places: object, settings: bool = True) -> None:
        user, key = self.controls(DISTRICT)
        super().take(request, [], settings)
        self.store(DISTRICT, request.form.get(user, ""), request.form.get(f"{key}_new", ""), request.entries)


class RenamedOnChange(RenamedOnFocus):
    """The same when it is changed."""

    name = "The key's field is renamed by its own script when it is changed."
    kind = "written wrongly: a key field whose own script renames it when it is changed (onchange)"
    event = "onchange"


class ChangePasswordBox(SettingsPage):
    """The server takes the key only when the box beside it is on; no script says so."""

    name = "A box Change password beside the key has to be on, or the key is ignored."
    kind = "written wrongly: a box Change password beside the key that has to be on"
    product = "Atrium SIS"
    way = ("District Office", "Third Party Access")
    heading = "CAASPP/ELPAC score reports"
    username_label = "User name"
    key_label = "Password"
    boxes = ("Change password",)
    key_shown = "blank"

    def settings_page(self, request: Request) -> str:
        user, key = self.controls(DISTRICT)
        return self.document(
            "Third Party Access",
            f"""<h1>Third Party Access</h1><h2>{self.heading}</h2><form method="post" action="{self.action}">{self.hidden(request)}<table>
<tr><td><label for="{user}">{self.username_label}</label></td><td><input id="{user}" name="{user}" value="{self.user(DISTRICT)}"></td><td></td></tr>
<tr><td><label for="{key}">{self.key_label}</label></td><td><input type="{self.key_kind}" id="{key}" name="{key}" value="" autocomplete="new-password"></td>
<td><input type="checkbox" id="{self.control("change")}" name="{self.control("change")}" value="1"> <label for="{self.control("change")}">{self.boxes[0]}</label></td></tr></table>
{self.setting_rows()}<button>{self.save.label}</button></form>""",
        )

    def take(self, request: Request, places: object, settings: bool = True) -> None:
        user, key = self.controls(DISTRICT)
        form = request.form
        super().take(request, [], settings)
        self.store(
            DISTRICT, form.get(user, ""), form.get(key, "") if self.control("change") in form else "", request.entries
        )


class CutsTheKey(SettingsPage):
    """The portal stores the first sixteen characters of the key and hides it; no maxlength says so."""

    name = "The portal cuts the key at sixteen characters and hides it."
    kind = "written wrongly: a portal that cuts the key and hides it"
    product = "Keystone Records"
    way = ("Utilities", "State Interfaces")
    heading = "SSR web service"
    username_label = "Login"
    key_label = "Secret key"
    stores = "altered"

    def kept(self, key: str) -> str:
        return key[:16]

    def settings_page(self, request: Request) -> str:
        return self.document(
            "State Interfaces",
            f"""<h1>State Interfaces</h1><form method="post" action="{self.action}">{self.hidden(request)}<h3>{self.heading}</h3>{self.two_fields(DISTRICT)}<h3>Imports</h3>{self.setting_rows()}<input type="submit" name="go" value="{self.save.label}"></form>""",
        )


class StripsTheKey(CutsTheKey):
    """The portal drops what it takes for dangerous."""

    name = "The portal strips angle brackets and quotation marks from the key and hides it."
    kind = "written wrongly: a portal that strips the key and hides it"

    def kept(self, key: str) -> str:
        return re.sub("[<>\"'&]", "", key)


class EscapesTheKey(CutsTheKey):
    """The portal stores the key as it would stand in HTML."""

    name = "The portal escapes the key for HTML before it stores it, and hides it."
    kind = "written wrongly: a portal that escapes the key and hides it"

    def kept(self, key: str) -> str:
        return escape(key)


class SaysItDidNotSave(SettingsPage):
    """The answer to a save is the form again, with what was typed in it and a sentence that nothing was saved."""

    name = "The portal answers with the form as it was typed, and says that it did not save."
    kind = "written wrongly: the portal says that it did not save"
    product = "CampusDesk"
    way = ("Preferences", "Outside Services")
    heading = "Student Score Reports (CAASPP/ELPAC)"
    key_shown = "stars"
    stores = "nothing"

    def settings_page(self, request: Request) -> str:
        return self.form(request, self.two_fields(DISTRICT), "")

    def form(self, request: Request, fields: str, notice: str) -> str:
        """The page, with or without a notice."""
        return self.document(
            "Outside Services",
            f"""<h1>Outside Services</h1>{notice}<form method="post" action="{self.action}">{self.hidden(request)}<h2>{self.heading}</h2>{fields}{self.setting_rows()}<button>{self.save.label}</button></form>""",
        )

    def saved(self, request: Request) -> Reply | str:
        if request.form.get("csrf") != self.token(request):
            return self.refuse(request, "a token of another session")
        typed, stored = [request.form.get(name, "") for name in self.controls(DISTRICT)], self.pairs[DISTRICT]
        self.saves.append((DISTRICT, request.entries))
        self.pairs[DISTRICT] = (typed[0], stored[1])
        fields = self.two_fields(DISTRICT)
        self.pairs[DISTRICT] = stored
        notice = (
            '<div role="alert" class="error">Your changes were not saved. This record is locked by M. Ortega.</div>'
        )
        return self.form(request, fields, notice)


class AlwaysDummy(SettingsPage):
    """The key's field shows the same made-up text whatever is stored, and nothing is changed when it comes back."""

    name = "The key's field always shows notrealvalue."
    kind = "written wrongly: a key field that always shows the same dummy text"
    product = "Northwind Students"
    way = ("Tools", "Integrations", "CAASPP")
    heading = "CAASPP integration"
    key_shown = "dummy"
    dummy = "notrealvalue"

    def settings_page(self, request: Request) -> str:
        return self.document(
            "CAASPP",
            f"""<h1>Integrations</h1><form method="post" action="{self.action}" enctype="multipart/form-data">{self.hidden(request)}<fieldset><legend>{self.heading}</legend>{self.two_fields(DISTRICT)}</fieldset>
<fieldset><legend>Files</legend><p><label>Logo for letters <input type="file" name="logo"></label></p>{self.setting_rows()}</fieldset><button>{self.save.label}</button></form>""",
        )


class AlwaysUnchanged(AlwaysDummy):
    """The same in a field that can be read."""

    name = "The key's field always shows (unchanged), in letters that can be read."
    kind = "written wrongly: a key field that always shows (unchanged)"
    dummy = "(unchanged)"
    key_kind = "text"


class ClickToEdit(SettingsPage):
    """A table of values; each is text until it is clicked, the stored key too."""

    name = "The stored credentials stand on the page as text, and each becomes a field when it is clicked."
    kind = "written wrongly: click-to-edit text, where the stored key can get into a message"
    product = "GradeWorks"
    way = ("Manage", "District Profile")
    heading = "CAASPP credentials"
    username_label = "API user name"
    key_label = "API secret key"
    key_shown = "clear"
    key_kind = "text"
    group = Group("rows", "Schools with credentials of their own")
    save = Save("Save All")
    scripts = handlers = True
    reproducible = False

    def settings_page(self, request: Request) -> str:
        assert self.group
        rows = "".join(
            f'<tr><th scope="row">{school}</th>{self.cell(school, 0)}{self.cell(school, 1)}</tr>'
            for school in self.schools
        )
        return self.document(
            "District Profile",
            f"""<h1>District Profile</h1><form id="profile" method="post" action="{self.action}">{self.hidden(request)}{self.setting_rows()}
<h2>{self.heading}</h2><table><tr><th>{self.username_label}</th>{self.cell(DISTRICT, 0)}</tr><tr><th>{self.key_label}</th>{self.cell(DISTRICT, 1)}</tr></table>
<h2>{self.group.heading}</h2><table><thead><tr><th>School</th><th>{self.username_label}</th><th>{self.key_label}</th></tr></thead><tbody>{rows}</tbody></table>
<button>{self.save.label}</button></form><script>
const form = document.getElementById("profile");
for (const cell of form.querySelectorAll("td[data-name]")) cell.addEventListener("click", () => {{
  if (cell.querySelector("input")) return;
  const input = document.createElement("input");
  Object.assign(input, {{ type: cell.dataset.type, name: cell.dataset.name, value: cell.dataset.empty ? "" : cell.textContent, autocomplete: "off" }});
  cell.replaceChildren(input);
  input.focus();
}});
</script>""",
            "<style>td[data-name] { border-bottom: 1px dashed #06c; cursor: pointer; min-width: 12em }</style>",
        )

    def cell(self, place: str, part: int) -> str:
        """One value, as text."""
        kind, value = (self.username_kind, self.key_kind)[part], escape(self.pairs[place][part])
        empty = "" if value else ' data-empty="1"'
        return f'<td data-name="{self.controls(place)[part]}" data-type="{kind}"{empty} title="Click to edit">{value or "(none)"}</td>'

    def change_field(self) -> None:
        self.key_kind = "password"

    def take(self, request: Request, places: object, settings: bool = True) -> None:
        super().take(request, [], settings)
        for place in self.places:
            user, key = (
                request.form.get(name, stored)
                for name, stored in zip(self.controls(place), self.pairs[place], strict=True)
            )
            self.store(place, user, key, request.entries)
