"""Ways, labels, schools and saves of every usual kind, on pages that work without scripts of their own."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from html import escape
from typing import ClassVar

from adapters.portal.pages.page_server import (
    DISTRICT,
    OFFICE,
    PINE,
    SCHOOL_IDS,
    STARS,
    Choice,
    Group,
    Pair,
    Reply,
    Request,
    Save,
    SettingsPage,
    see,
)


class MenusAndTestSite(SettingsPage):
    """A menu that opens in place; below the district's form one with the same labels for the state's test environment."""

    name = "A menu opens in place; the page has a second form with the same labels for a test environment."
    kind = "reach: menus; labels by label; a test environment's credentials beside the district's"
    product = "Pathway SIS"
    way = ("Administration", "Vendor credentials")
    way_with = "menus"
    heading = "Live system"
    key_shown = "stars"
    save = Save("Save Credentials")
    decoys_at_start: ClassVar[Mapping[str, Pair]] = {"Test environment": ("jvusd-ssr-test", "made-up test passphrase")}

    @property
    def paths(self) -> list[str]:
        return ["/home", "/vendor-credentials"]

    def menu_page(self, step: int) -> str:
        return self.document(
            "Home",
            f"""<nav><details><summary>Students</summary><ul><li><a href="/other/1">Find a student</a></li></ul></details>
<details><summary>{type(self).way[0]}</summary><ul><li><a href="/other/2">Calendars</a></li><li><a href="{self.paths[1]}">{self.way[1]}</a></li><li><a href="/other/3">Staff</a></li></ul></details></nav><h1>Home</h1>""",
        )

    def page(self, request: Request) -> Reply | str | None:
        if request.path == "/vendor-credentials/test" and request.method == "POST":
            self.store_decoy("Test environment", *(request.form.get(name, "") for name in self.controls(DISTRICT)))
            return see(self.paths[1])
        return super().page(request)

    def settings_page(self, request: Request) -> str:
        user, key = self.controls(DISTRICT)
        test_user, test_key = self.decoys["Test environment"]
        return self.document(
            "Vendor credentials",
            f"""<h1>Vendor credentials</h1><section><h2>{self.heading}</h2><form method="post" action="{self.action}">{self.hidden(request)}{self.two_fields(DISTRICT)}{self.setting_rows()}<button>{self.save.label}</button></form></section>
<section><h2>Test environment</h2><form method="post" action="/vendor-credentials/test"><p><label>{type(self).username_label} <input name="{user}" value="{escape(test_user)}"></label></p>
<p><label>{type(self).key_label} <input type="password" name="{key}" value="{STARS if test_key else ""}"></label></p><button>Save Credentials</button></form></section>""",
        )


class ButtonsAndRowForms(SettingsPage):
    """Buttons lead; the words stand in the cell before a field; each school's row is a form of its own with its button."""

    name = "Buttons lead to the page; the labels are cells, and each school's row has its own button."
    kind = "reach: buttons; labels by the cell before and by aria-label; schools as rows that save by themselves"
    product = "EdLedger 9"
    way = ("Setup", "State Testing", "Credentials")
    way_with = "buttons"
    heading = "District-wide credentials"
    username_label = "TOMS User Name"
    key_label = "TOMS Secret Key"
    save = Save("Update")
    group = Group("rows", "Schools with their own credentials")

    def settings_page(self, request: Request) -> str:
        assert self.group
        user, key = self.controls(DISTRICT)
        rows, forms = "", ""
        for school in self.schools:
            school_user, school_key = self.controls(school)
            form = f"f{SCHOOL_IDS[school]}"
            forms += f'<form id="{form}" method="post" action="{self.action}">{self.hidden(request)}<input type="hidden" name="site" value="{SCHOOL_IDS[school]}"></form>'
            rows += f"""<tr><td>{school}</td><td><input form="{form}" name="{school_user}" aria-label="{self.username_label}" value="{self.user(school)}"></td>
<td><input form="{form}" type="{self.key_kind}" name="{school_key}" aria-label="{self.key_label}"></td><td><button form="{form}">{self.save.label}</button> <button form="{form}" formaction="/options/caaspp/delete">Delete</button></td></tr>
"""
        return self.document(
            "Credentials",
            f"""<h1>Credentials</h1><h3>{self.heading}</h3><form method="post" action="{self.action}">{self.hidden(request)}<input type="hidden" name="site" value="1"><table>
<tr><td>{self.username_label}:</td><td><input name="{user}" value="{self.user(DISTRICT)}"></td></tr><tr><td>{self.key_label}:</td><td><input type="{self.key_kind}" name="{key}"></td></tr></table>
{self.setting_rows()}<input type="submit" value="{self.save.label}"></form><h3>{self.group.heading}</h3>{forms}<table border="1">{rows}</table>""",
        )

    def take(self, request: Request, places: Iterable[str], settings: bool = True) -> None:
        place = self.place_named(request.form["site"])
        super().take(request, [place], settings=place == DISTRICT)


class WebFormsTabs(SettingsPage):
    """ASP.NET Web Forms: tabs, a list of schools and the save are post-backs of one form; the words stand above."""

    name = "ASP.NET: tabs, the list of schools and the save send one form back to itself."
    kind = "reach: ASP.NET post-backs; schools as choices of a list without a button; labels by the cell above; a link that saves"
    product = "Sentinel Student System"
    way = ("District Administration", "State Interfaces")
    way_with = "tabs"
    heading = "CAASPP web service"
    username_label = "Service user"
    key_label = "Service password"
    key_shown = "blank"
    save = Save("Save and stay", "link")
    action = "/District/Admin.aspx"
    handlers = True
    post_backs = True
    watch = (Choice("Site:", "Juniper Valley Unified School District", PINE),)
    group = Group("choices", list_label="Site:")

    @property
    def paths(self) -> list[str]:
        return ["/home", self.action]

    def controls(self, place: str) -> Pair:
        return f"ctl00$body${self.control('txtUser')}", f"ctl00$body${self.control('txtPass')}"

    def settings_page(self, request: Request) -> str:
        start = self.watch[0].value
        return self.view(request, "general", start if start in self.schools else DISTRICT)

    def saved(self, request: Request) -> Reply | str:
        form = request.form
        session, tab, site = b64decode(form["__VIEWSTATE"]).decode().split("|")
        if session != request.session:
            return self.refuse(request, "a view state of another session")
        target = form["__EVENTTARGET"]
        place = self.place_named(site)
        if target == "ctl00$tabs":
            return self.view(request, form["__EVENTARGUMENT"], place)
        if target == "ctl00$body$ddlSite" and tab == "state":
            return self.view(request, tab, self.place_named(form["ctl00$body$ddlSite"]))
        if target != "ctl00$body$lnkSave" or form.get("ctl00$body$ddlSite") != site:
            return self.refuse(request, "another control, or another site's fields")
        self.take(request, [place], settings=place == DISTRICT)
        return self.view(request, tab, place)

    def view(self, request: Request, tab: str, place: str) -> str:
        """The page with one of its tabs."""
        state = b64encode(f"{request.session}|{tab}|{SCHOOL_IDS[place]}".encode()).decode()
        tabs = "".join(
            f"""<td><a href="javascript:__doPostBack('ctl00$tabs','{argument}')">{words}</a></td>"""
            for argument, words in (("general", "General"), ("mail", "Mail"), ("state", self.way[1]))
        )
        body = self.state_tab(place) if tab == "state" else f"<p>Nothing to set under {tab}.</p>"
        return self.document(
            "District Administration",
            f"""<form method="post" action="{self.action}" id="aspnetForm"><input type="hidden" name="__EVENTTARGET" id="__EVENTTARGET" value=""><input type="hidden" name="__EVENTARGUMENT" id="__EVENTARGUMENT" value="">
<input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="{state}"><script>
var theForm = document.forms["aspnetForm"];
function __doPostBack(eventTarget, eventArgument) {{
  if (!theForm.onsubmit || theForm.onsubmit() != false) {{ theForm.__EVENTTARGET.value = eventTarget; theForm.__EVENTARGUMENT.value = eventArgument; theForm.submit(); }}
}}
</script><h1>District Administration</h1><table class="tabs"><tr>{tabs}</tr></table>{body}</form>""",
        )

    def state_tab(self, place: str) -> str:
        """The tab with the two fields."""
        user, key = self.controls(place)
        options = "".join(
            f'<option value="{SCHOOL_IDS[each]}"{" selected" if each == place else ""}>{self.lea_name if each == DISTRICT else each}</option>'
            for each in self.places
        )
        return f"""<p><label for="ddlSite">{self.watch[0].label}</label> <select name="ctl00$body$ddlSite" id="ddlSite" onchange="javascript:setTimeout('__doPostBack(\\'ctl00$body$ddlSite\\',\\'\\')', 0)">{options}</select></p>
<h2>{self.heading}</h2><table><tr><td>{self.username_label}</td><td>{self.key_label}</td></tr>
<tr><td><input name="{user}" type="text" value="{self.user(place)}"></td><td><input name="{key}" type="{self.key_kind}"></td></tr></table>
{self.setting_rows() if place == DISTRICT else ""}<p><a id="lnkSave" href="javascript:__doPostBack('ctl00$body$lnkSave','')">{self.save.label}</a></p>"""


class FramesAndTitles(SettingsPage):
    """A menu in one frame and the pages in another; the words stand in front of the fields, and again in their titles."""

    name = "The menu is in one frame and the settings in another; the labels are words in front."
    kind = "reach: frames; labels by words in front and by title"
    product = "CampusNet Classic"
    way = ("Utilities", "CAASPP Setup")
    heading = "CAASPP Setup"
    username_label = "API user"
    key_label = "API password"
    key_shown = "stars"
    save = Save("Submit")

    def page(self, request: Request) -> Reply | str | None:
        if request.path == "/home" and request.method == "GET":
            return self.document(
                "Home",
                """<iframe src="/menu" name="menu" width="200" height="420"></iframe> <iframe src="/start" name="content" width="760" height="620"></iframe>""",
            )
        if request.path == "/start":
            return f"<!DOCTYPE html><title>Start</title><p>Welcome, {OFFICE}.</p>"
        if request.path in ("/menu", self.paths[1]):
            open_menu = request.path != "/menu"
            inner = f'<li><a href="{self.paths[2]}" target="content">{self.way[1]}</a></li>' if open_menu else ""
            return f"""<!DOCTYPE html><title>Menu</title><ul><li><a href="/start" target="content">Start</a></li><li><a href="{self.paths[1]}">{type(self).way[0]}</a></li>{inner}</ul>"""
        return super().page(request)

    def settings_page(self, request: Request) -> str:
        user, key = self.controls(DISTRICT)
        return f"""<!DOCTYPE html><html><head><title>{self.heading}</title></head><body><h3>{self.heading}</h3><form method="post" action="{self.action}" enctype="multipart/form-data">{self.hidden(request)}
{self.username_label}: <input name="{user}" title="{self.username_label}" value="{self.user(DISTRICT)}"><br>{self.key_label}: <input type="{self.key_kind}" name="{key}" title="{self.key_label}" value="{self.key(DISTRICT)}"><br>
{self.setting_rows("{label}: {control}<br>")}<input type="submit" value="{self.save.label}"></form><p>Last changed by {self.edited_by} on {self.edited_on}, {self.school_year}. Made up.</p></body></html>"""


class ListWithButton(SettingsPage):
    """A list and a button show the fields of one site; each field has a frame with a legend and no label."""

    name = "A list with a button chooses the site; each field's label is the legend around it."
    kind = "reach: schools as choices of a list with a button; labels by legend"
    product = "RollCall Web"
    way = ("Admin", "Score Reports")
    heading = "Credentials of this site"
    username_label = "User Name"
    key_label = "Secret Key"
    key_shown = "blank"
    save = Save("Store")
    watch = (Choice("Show site", "Juniper Valley Unified School District", PINE),)
    group = Group("choices", list_label="Show site", button="Show")

    def place(self, request: Request) -> str:
        """The place whose fields are shown."""
        start = self.watch[0].value
        usual = SCHOOL_IDS[start] if start in self.schools else "1"
        return self.place_named(request.query.get("site", usual))

    def settings_page(self, request: Request) -> str:
        place = self.place(request)
        user, key = self.controls(place)
        options = "".join(
            f'<option value="{SCHOOL_IDS[each]}"{" selected" if each == place else ""}>{self.lea_name if each == DISTRICT else each}</option>'
            for each in self.places
        )
        return self.document(
            "Score Reports",
            f"""<h1>Score Reports</h1><form><label>{self.watch[0].label} <select name="site">{options}</select></label> <button>Show</button></form>
<form method="post" action="{self.action}">{self.hidden(request)}<input type="hidden" name="site" value="{SCHOOL_IDS[place]}"><h2>{self.heading}</h2>
<fieldset><legend>{self.username_label}</legend><input name="{user}" value="{self.user(place)}"></fieldset><fieldset><legend>{self.key_label}</legend><input type="{self.key_kind}" name="{key}"></fieldset>
{self.setting_rows() if place == DISTRICT else ""}<button>{self.save.label}</button></form>""",
        )

    def take(self, request: Request, places: Iterable[str], settings: bool = True) -> None:
        place = self.place_named(request.form["site"])
        super().take(request, [place], settings=place == DISTRICT)


class RepeatedKey(SettingsPage):
    """The key is asked for twice; where the two differ, nothing is saved."""

    name = "The key has to be typed into a second field too."
    kind = "reach: a second field that wants the key again"
    product = "Atlas Records"
    way = ("System Settings", "Web Services")
    heading = "CAASPP / ELPAC web service"
    username_label = "Web service user"
    key_label = "Web service password"
    repeat = "Repeat web service password"
    key_shown = "blank"
    save = Save("Apply")

    def settings_page(self, request: Request) -> str:
        again = self.control("pass_again")
        return self.document(
            "Web Services",
            f"""<h1>Web Services</h1><form method="post" action="{self.action}">{self.hidden(request)}<fieldset><legend>{self.heading}</legend>{self.two_fields(DISTRICT)}
<p><label for="{again}">{self.repeat}</label> <input type="password" id="{again}" name="{again}" autocomplete="off"></p></fieldset>{self.setting_rows()}<button>{self.save.label}</button></form>""",
        )

    def saved(self, request: Request) -> Reply | str:
        if request.form.get(self.control("pass_again")) != request.form.get(self.controls(DISTRICT)[1]):
            return self.document("Web Services", '<p class="error">The passwords do not match. Nothing was saved.</p>')
        return super().saved(request)


class EnvironmentList(SettingsPage):
    """A list in the same form says which environment is edited; a link shows the other one's fields."""

    name = "A list in the form says which environment the two fields are for."
    kind = "reach: a watched choice in the form; a test environment's credentials behind it"
    product = "Vista Student Records"
    way = ("District", "Integrations")
    heading = "Score report service"
    username_label = "Client user"
    key_label = "Client secret"
    key_shown = "stars"
    save = Save("Save environment")
    watch = (Choice("Environment", "Production", "Sandbox"),)
    decoys_at_start: ClassVar[Mapping[str, Pair]] = {"Sandbox": ("jvusd-sandbox", "made-up sandbox passphrase")}

    def settings_page(self, request: Request) -> str:
        shown = request.query.get("environment", self.watch[0].value)
        username, key_text = (
            (self.user(DISTRICT), self.key(DISTRICT)) if shown == "Production" else (self.decoys["Sandbox"][0], STARS)
        )
        user, key = self.controls(DISTRICT)
        options = "".join(
            f"<option{' selected' if each == shown else ''}>{each}</option>" for each in ("Sandbox", "Production")
        )
        return self.document(
            "Integrations",
            f"""<h1>Integrations</h1><p>Show: <a href="?environment=Production">Production values</a> | <a href="?environment=Sandbox">Sandbox values</a></p><form method="post" action="{self.action}">{self.hidden(request)}
<h2>{self.heading}</h2><p><label for="environment">{self.watch[0].label}</label> <select id="environment" name="environment">{options}</select></p>
<p><label>{self.username_label} <input name="{user}" value="{username}"></label></p><p><label>{self.key_label} <input type="{self.key_kind}" name="{key}" value="{key_text}"></label></p>
{self.setting_rows()}<button>{self.save.label}</button></form>""",
        )

    def take(self, request: Request, places: Iterable[str], settings: bool = True) -> None:
        if request.form.get("environment") == "Production":
            super().take(request, [DISTRICT], settings)
            return
        super().take(request, [], settings)
        self.store_decoy("Sandbox", *(request.form.get(name, "") for name in self.controls(DISTRICT)))


class OnlyTheLegendTells(SettingsPage):
    """Four systems in one form, all with the same two labels; nothing but the legend says which is which."""

    name = "Four systems have the same two labels, and only the legend around them tells which is which."
    kind = "reach: labels by label, other systems' credentials with the same labels in the same form"
    product = "UnityConnect"
    way = ("Connectors", "All connectors")
    heading = "CAASPP / ELPAC student score reports"
    username_label = "User name"
    key_label = "Secret"
    key_shown = "stars"
    save = Save("Save all connectors")
    decoys_at_start: ClassVar[Mapping[str, Pair]] = {
        "CERS rosters": ("cers-link", "made-up rosters passphrase"),
        "SEIS special education": ("seis-link", "made-up seis passphrase"),
        "Elementary report cards": ("cards-link", "made-up cards passphrase"),
    }

    def settings_page(self, request: Request) -> str:
        frames = [
            f"""<fieldset><legend>{system}</legend><p><label>{type(self).username_label} <input name="{self.control("c")}{at}u" value="{escape(username)}"></label></p>
<p><label>{type(self).key_label} <input type="password" name="{self.control("c")}{at}k" value="{STARS}"></label></p></fieldset>"""
            for at, (system, (username, _)) in enumerate(self.decoys.items())
        ]
        frames.insert(2, f"<fieldset><legend>{self.heading}</legend>{self.two_fields(DISTRICT)}</fieldset>")
        return self.document(
            "All connectors",
            f"""<h1>All connectors</h1><form method="post" action="{self.action}">{self.hidden(request)}{"".join(frames)}{self.setting_rows()}<button>{self.save.label}</button></form>""",
        )

    def take(self, request: Request, places: Iterable[str], settings: bool = True) -> None:
        super().take(request, places, settings)
        for at, system in enumerate(self.decoys):
            self.store_decoy(system, *(request.form.get(f"{self.control('c')}{at}{part}", "") for part in "uk"))


class PagedSchools(SettingsPage):
    """The district's fields, and a table of schools that shows two at a time."""

    name = "The table of schools shows two at a time; the others are on the next page."
    kind = "reach: schools as rows with a pager, where nobody can say all schools"
    product = "OpenGrade"
    way = ("Assessment", "Vendor access")
    heading = "District access"
    key_shown = "stars"
    group = Group("rows", "School access", complete=False)

    def on_page(self, number: str) -> list[str]:
        """The schools of one page."""
        first = 2 * int(number)
        return self.schools[first : first + 2]

    def settings_page(self, request: Request) -> str:
        assert self.group
        number = request.query.get("p", "0")
        rows = ""
        for school in self.on_page(number):
            user, key = self.controls(school)
            rows += f'<tr><th scope="row">{school}</th><td><input name="{user}" value="{self.user(school)}"></td><td><input type="{self.key_kind}" name="{key}" value="{self.key(school)}"></td></tr>'
        return self.document(
            "Vendor access",
            f"""<h1>Vendor access</h1><form method="post" action="{self.action}">{self.hidden(request)}<input type="hidden" name="p" value="{number}"><h2>{self.heading}</h2>{self.two_fields(DISTRICT)}{self.setting_rows()}
<h2>{self.group.heading}</h2><table><thead><tr><th>School</th><th>{self.username_label}</th><th>{self.key_label}</th></tr></thead><tbody>{rows}</tbody></table>
<p>{len(self.schools)} schools. Page <a href="?p=0">1</a> <a href="?p=1">2</a> <a href="?p=1">Next</a></p><button>{self.save.label}</button></form>""",
        )

    def take(self, request: Request, places: Iterable[str], settings: bool = True) -> None:
        super().take(request, [DISTRICT, *self.on_page(request.form["p"])], settings)


class AsksFirst(SettingsPage):
    """The button asks by confirm() before the form is sent."""

    name = "The save asks Are you sure? in a box of the browser's."
    kind = "reach: a confirm() before the save"
    product = "PrairieSIS"
    way = ("Office", "CAASPP")
    heading = "CAASPP access"
    key_shown = "stars"
    save = Save("Save", dialog="Save the CAASPP credentials for all schools of the district?")
    handlers = True

    def settings_page(self, request: Request) -> str:
        return self.document(
            "CAASPP",
            f"""<h1>CAASPP</h1><h2>{self.heading}</h2><form method="post" action="{self.action}" onsubmit="return confirm('{self.save.dialog}')">{self.hidden(request)}{self.two_fields(DISTRICT)}{self.setting_rows()}<button>{self.save.label}</button></form>""",
        )


class ReviewPage(SettingsPage):
    """The button leads to a page that shows what would be saved; only its own button saves."""

    name = "The save leads to a second page, and only the button there saves."
    kind = "reach: a save that needs another page, which stays a person's"
    product = "Harbor Records"
    way = ("Maintenance", "District Codes", "CAASPP")
    heading = "CAASPP sign-on"
    key_shown = "blank"
    save = Save("Continue", second_page="Confirm and Save")

    def settings_page(self, request: Request) -> str:
        return self.document(
            "CAASPP",
            f"""<h1>CAASPP</h1><h2>{self.heading}</h2><form method="post" action="{self.action}">{self.hidden(request)}{self.two_fields(DISTRICT)}{self.setting_rows()}<button>{self.save.label}</button></form>""",
        )

    def page(self, request: Request) -> Reply | str | None:
        if request.method == "POST" and request.path == "/options/caaspp/commit":
            return super().saved(request)
        return super().page(request)

    def saved(self, request: Request) -> Reply | str:
        entries = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in request.entries
        )
        return self.document(
            "Review",
            f"""<h1>Review your changes</h1><p>Nothing is saved yet.</p><form method="post" action="/options/caaspp/commit">{entries}<button>Confirm and Save</button></form>""",
        )
