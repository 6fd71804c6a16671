"""Plain pages that a program may refuse or not see, though anybody with a browser sees at a glance what to do."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import ClassVar

from adapters.portal.pages.page_server import (
    ALDER,
    BISHOP,
    DISTRICT,
    PINE,
    SCHOOL_IDS,
    STARS,
    USUAL_SETTINGS,
    Choice,
    Group,
    Pair,
    Reply,
    Request,
    Save,
    Setting,
    SettingsPage,
    as_json,
    see,
)


class GridOfSchools(SettingsPage):
    """Two fields, then a grid with a row for each school; one stored user name has a school's word in it."""

    name = "The district's two fields stand above a grid of schools with two fields each."
    kind = "refused: a user name stored for a school contains the word charter"
    way = ("Administration", "State Reporting", "CAASPP Credentials")
    group = Group("rows", "Individual school credentials")
    key_shown = "stars"
    pairs_at_start: ClassVar[Mapping[str, Pair]] = {
        DISTRICT: ("jvusd-ssr-0415", "Old*Qv7&<\"9xT)fB2'mZ"),
        ALDER: ("", ""),
        BISHOP: ("sunrise-charter-api", "Old+R4;wHq(0>uJ8%pLe"),
        PINE: ("jvusd-ssr-pine", "Old#yN6=sXd,K1!gV5~a"),
    }

    def settings_page(self, request: Request) -> str:
        assert self.group
        rows = ""
        for school in self.schools:
            user, key = self.controls(school)
            rows += f"""<tr><th scope="row">{school}</th><td><input name="{user}" value="{self.user(school)}"></td><td><input type="{self.key_kind}" name="{key}" value="{self.key(school)}" autocomplete="off"></td></tr>
"""
        return self.document(
            "State Reporting",
            f"""<h1>State Reporting</h1>
<form method="post" action="{self.action}">{self.hidden(request)}
<h2>{self.heading}</h2>
{self.two_fields(DISTRICT)}
{self.setting_rows()}
<h2>{self.group.heading}</h2>
<p>A school that has credentials of its own uses these instead. Leave both blank to use the district's.</p>
<table border="1" cellpadding="4"><thead><tr><th>School</th><th>{self.username_label}</th><th>{self.key_label}</th></tr></thead><tbody>
{rows}</tbody></table>
<p><button type="submit">{self.save.label}</button> <button type="reset">Undo</button></p></form>""",
        )


class StockAdmin(SettingsPage):
    """A framework's stock admin: one inline row for each school, a row to add one, and a template row that is hidden."""

    name = "A framework's own admin has an inline row for each school and a free-text note."
    kind = "refused: a free-text note elsewhere in the form looks like a name"
    product = "Juniper SIS administration"
    way = ("State reporting settings", "Juniper Valley Unified School District")
    heading = "Score report credentials"
    username_label = "Api username:"
    key_label = "Api password:"
    key_shown = "clear"
    key_kind = "text"
    save = Save("Save")
    group = Group("rows", "School credentials")
    action = "/admin/reporting/district/1/change/"
    handlers = True
    other: ClassVar[tuple[Setting, ...]] = (
        *USUAL_SETTINGS,
        Setting(
            "notes",
            "Notes:",
            "Pine Hill High\r\nAsk the Riverside Charter School office before you change anything here.",
            "textarea",
        ),
    )

    def controls(self, place: str) -> Pair:
        if place == DISTRICT:
            return self.control("api_username"), self.control("api_password")
        row = f"{self.control('schoolcredential_set')}-{self.schools.index(place)}"
        return f"{row}-api_username", f"{row}-api_password"

    @property
    def paths(self) -> list[str]:
        return ["/home", "/admin/reporting/district/", self.action]

    def change_form(self) -> None:
        self.action = "/admin/reporting/sandbox/1/change/"

    def page(self, request: Request) -> Reply | str | None:
        if request.method == "POST" and request.path.endswith("/delete/"):
            return self.refuse(request, "deleted")
        return super().page(request)

    def saved(self, request: Request) -> Reply | str:
        form, rows = request.form, self.control("schoolcredential_set")
        if form.get("csrfmiddlewaretoken") != self.token(request) or "_save" not in form:
            return self.refuse(request, "not saved by Save, or with another token")
        if form.get(f"{rows}-TOTAL_FORMS") != str(len(self.schools) + 1) or any(
            name.endswith("DELETE") for name in form
        ):
            return self.refuse(request, "rows came or went")
        if form[f"{rows}-{len(self.schools)}-api_username"]:
            return self.refuse(request, "a school was added")
        self.take(request, self.places)
        return self.after_save(request)

    def menu_page(self, step: int) -> str:
        if step == 0:
            links = ("Groups", "Users", "School years", self.way[0])
            rows = "".join(
                f'<tr><th scope="row"><a href="{self.paths[1] if words == self.way[0] else "/other"}">{words}</a></th><td><a href="/other/add">Add</a></td></tr>'
                for words in links
            )
            return self.document("Site administration", f"<h1>Site administration</h1><table>{rows}</table>")
        return self.document(
            self.way[0],
            f"""<h1>Select district to change</h1><form action="/other"><p><label for="searchbar">Search</label> <input type="text" name="q" id="searchbar"> <input type="submit" value="Search"></p></form>
<table><thead><tr><th>District</th><th>Cds code</th></tr></thead><tbody><tr><th><a href="{self.paths[2]}">{self.way[1]}</a></th><td>{self.cds}</td></tr></tbody></table><p>1 district</p>""",
        )

    def settings_page(self, request: Request) -> str:
        assert self.group
        rows = "".join(self.row(str(at), school) for at, school in enumerate(self.schools))
        prefix = self.control("schoolcredential_set")
        return self.document(
            "Change district",
            f"""<h1>Change district</h1><h2>{self.lea_name}</h2><p><a href="{self.action}history/">History</a></p>
<form action="{self.action}" method="post" id="district_form" novalidate><input type="hidden" name="csrfmiddlewaretoken" value="{self.token(request)}">
<fieldset class="module aligned"><h2>{self.heading}</h2>
{self.two_fields(DISTRICT)}</fieldset>
<fieldset class="module aligned"><h2>Other</h2>{self.setting_rows()}</fieldset>
<div class="js-inline-admin-formset inline-group" id="{prefix}-group"><input type="hidden" name="{prefix}-TOTAL_FORMS" value="{len(self.schools) + 1}" id="id_{prefix}-TOTAL_FORMS">
<input type="hidden" name="{prefix}-INITIAL_FORMS" value="{len(self.schools)}"><input type="hidden" name="{prefix}-MIN_NUM_FORMS" value="0"><input type="hidden" name="{prefix}-MAX_NUM_FORMS" value="1000">
<fieldset class="module"><h2>{self.group.heading}</h2><table><thead><tr><th>School</th><th>Api username</th><th>Api password</th><th>Delete?</th></tr></thead><tbody>
{rows}{self.row(str(len(self.schools)), "")}{self.row("__prefix__", "", ' class="empty-form"')}</tbody></table><p><a href="#" id="add-row">Add another School credential</a></p></fieldset></div>
<div class="submit-row"><input type="submit" value="{self.save.label}" class="default" name="_save"><input type="submit" value="Save and add another" name="_addanother"><input type="submit" value="Save and continue editing" name="_continue">
<a href="/admin/reporting/district/1/delete/" class="deletelink">Delete</a></div></form>
<script>document.getElementById("add-row").addEventListener("click", (event) => {{
  event.preventDefault();
  const total = document.getElementById("id_{prefix}-TOTAL_FORMS"), template = document.querySelector(".empty-form"), row = template.cloneNode(true);
  row.classList.remove("empty-form");
  for (const input of row.querySelectorAll("input")) input.name = input.name.replace("__prefix__", total.value);
  template.before(row);
  total.value = String(Number(total.value) + 1);
}});</script>""",
            "<style>.empty-form { display: none }</style>",
        )

    def row(self, at: str, school: str, more: str = "") -> str:
        """One inline row; without a school, one to add another."""
        prefix = f"{self.control('schoolcredential_set')}-{at}"
        user, key = (self.user(school), self.key(school)) if school else ("", "")
        delete = f'<input type="checkbox" name="{prefix}-DELETE">' if school else ""
        return f"""<tr{more}><td>{school}<input type="hidden" name="{prefix}-id" value="{SCHOOL_IDS.get(school, "")}"><input type="hidden" name="{prefix}-district" value="1"></td>
<td><input type="text" name="{prefix}-api_username" value="{user}" maxlength="80"></td><td><input type="{self.key_kind}" name="{prefix}-api_password" value="{key}" maxlength="80"></td><td>{delete}</td></tr>
"""


class OtherPasswordStars(SettingsPage):
    """One form for the mail server's password, the library system's and the credentials; stored passwords show as stars."""

    name = "The form also holds two other passwords, which are shown as stars."
    kind = "refused: a form that also holds another password, shown as stars"
    way = ("Setup", "District", "Connections")
    heading = "CAASPP and ELPAC score reports"
    username_label = "User name"
    key_label = "Secret key"
    key_shown = "stars"
    save = Save("Update Settings")
    decoys_at_start: ClassVar[Mapping[str, Pair]] = {
        "Outgoing mail": ("mailer@madeup.example", "made-up mail relay passphrase"),
        "Library system": ("library-link", "made-up library passphrase"),
    }

    def settings_page(self, request: Request) -> str:
        systems = ""
        for at, (system, (username, key)) in enumerate(self.decoys.items()):
            user_name, key_name = self.control(f"sys{at}_user"), self.control(f"sys{at}_pwd")
            systems += f"""<fieldset><legend>{system}</legend><p><label for="{user_name}">User name</label> <input id="{user_name}" name="{user_name}" value="{escape(username)}"></p>
<p><label for="{key_name}">Password</label> <input type="password" id="{key_name}" name="{key_name}" value="{STARS if key else ""}"></p></fieldset>
"""
        return self.document(
            "Connections",
            f"""<h1>Connections</h1><p>Stored passwords are shown as stars. Type over the stars to change one.</p>
<form method="post" action="{self.action}">{self.hidden(request)}
{systems}<fieldset><legend>{self.heading}</legend>
{self.two_fields(DISTRICT)}</fieldset>
<fieldset><legend>General</legend>{self.setting_rows()}</fieldset>
<input type="submit" value="{self.save.label}"></form>""",
        )

    def take(self, request: Request, places: object, settings: bool = True) -> None:
        super().take(request, self.places, settings)
        for at, system in enumerate(self.decoys):
            user_name, key_name = self.control(f"sys{at}_user"), self.control(f"sys{at}_pwd")
            self.store_decoy(system, request.form.get(user_name, ""), request.form.get(key_name, ""))


class SchoolsAsLinks(SettingsPage):
    """The district's form; under a heading a link for each school, which leads to a page like it."""

    name = "The schools are links under a heading, each with a page of its own."
    kind = "not found: schools that are links under a heading, each with a page of its own"
    product = "ClassLedger"
    heading = "District credentials"
    group = Group("links", "Individual School Credentials")
    key_shown = "blank"

    def page(self, request: Request) -> Reply | str | None:
        head, _, school_id = request.path.rpartition("/")
        if head == "/school-credentials" and school_id in {SCHOOL_IDS[school] for school in self.schools}:
            return self.school_page(request, self.place_named(school_id))
        return super().page(request)

    def settings_page(self, request: Request) -> str:
        assert self.group
        links = "".join(
            f'<li><a href="/school-credentials/{SCHOOL_IDS[school]}">{school}</a></li>' for school in self.schools
        )
        return self.document(
            "CAASPP Credentials",
            f"""<h1>CAASPP Credentials</h1><h2>{self.heading}</h2>{self.form(request, DISTRICT, self.setting_rows())}
<h2>{self.group.heading}</h2><p>These override the district credentials.</p><ul>{links}</ul>""",
        )

    def school_page(self, request: Request, school: str) -> str:
        """A school's own page."""
        return self.document(
            school,
            f"""<p><a href="{self.paths[-1]}">Back to the district</a></p><h1>{school}</h1><h2>School credentials</h2>{self.form(request, school, "")}""",
        )

    def form(self, request: Request, place: str, more: str) -> str:
        """The form of one place."""
        return f"""<form method="post" action="{self.action}">{self.hidden(request)}<input type="hidden" name="site" value="{SCHOOL_IDS[place]}">
{self.two_fields(place)}{more}<button>{self.save.label}</button></form>"""

    def take(self, request: Request, places: object, settings: bool = True) -> None:
        place = self.place_named(request.form["site"])
        super().take(request, [place], settings=place == DISTRICT)


class SinglePageApplication(SettingsPage):
    """A single-page application: cards without a form, fields without names, saved by fetch with JSON and a header."""

    name = "A single-page application shows two labelled fields and saves them as JSON."
    kind = "refused: a single-page application, although two labelled fields stand there"
    product = "Meridian"
    way = ("Settings", "Integrations", "CAASPP / ELPAC")
    heading = "State score reports"
    username_label = "User name"
    key_label = "Secret key"
    save = Save("Save changes")
    action = "/api/v2/districts/1/integrations/caaspp"
    scripts = handlers = True
    reproducible = False
    decoys_at_start: ClassVar[Mapping[str, Pair]] = {"CERS rosters": ("cers-roster-sync", "made-up roster passphrase")}

    def controls(self, place: str) -> Pair:
        return "", ""

    def page(self, request: Request) -> Reply | str | None:
        if request.method == "PUT" and request.path == self.action:
            return self.saved(request)
        if request.path == "/api/v2/districts/1/integrations" and request.method == "GET":
            return as_json(self.content())
        return self.shell(request) if request.path == "/home" else None

    def content(self) -> dict[str, object]:
        """What the page's script asks for."""
        hidden = {"username": self.pairs[DISTRICT][0], "hasSecret": bool(self.pairs[DISTRICT][1])}
        decoy, (decoy_user, _) = next(iter(self.decoys.items()))
        return {
            "menu": [list(self.beside), list(self.beside[1:]), list(self.beside[2:])],
            "way": list(self.way),
            "cards": [
                {"title": decoy, "labels": ["User name", "Secret key"], "put": "/api/v2/districts/1/integrations/cers", "username": decoy_user, "hasSecret": True, "kind": "password", "save": "Save changes"},
                {"title": self.heading, "labels": [self.username_label, self.key_label], "put": self.action, **hidden, "kind": self.key_kind, "save": self.save.label, "options": self.settings},
            ],
            "edited": f"Last changed by {self.edited_by} on {self.edited_on} ({self.school_year})",
        }  # fmt: skip

    def saved(self, request: Request) -> Reply:
        content = json.loads(request.body)
        if request.headers.get("x-csrf-token") != self.token(request) or set(content) != {
            "username",
            "secret",
            "options",
        }:
            return self.refuse(request, "another token, or other keys")
        self.store(DISTRICT, content["username"], content["secret"] or "", [("json", request.body.decode())])
        self.settings = content["options"]
        return as_json({"ok": True})

    def shell(self, request: Request) -> str:
        """The one page; its script draws everything else."""
        return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{self.product}</title><link rel="icon" href="data:,"><meta name="csrf-token" content="{self.token(request)}"></head>
<body><div id="root">Loading...</div><script>
const root = document.getElementById("root"), token = document.querySelector("meta[name=csrf-token]").content;
const make = (tag, more = {{}}, ...parts) => {{ const element = Object.assign(document.createElement(tag), more); element.append(...parts); return element; }};
const card = (data, at) => {{
  const state = {{ username: data.username, secret: "" }};  // what is saved is the state, not what the fields hold
  const status = make("p", {{ role: "status" }});
  const text = (key, label, type) => {{
    const input = make("input", {{ id: `f${{at}}${{key}}`, type, value: state[key], autocomplete: "off", placeholder: key === "secret" && data.hasSecret ? "Stored" : "" }});
    input.addEventListener("input", () => {{ state[key] = input.value; }});
    return make("div", {{}}, make("label", {{ htmlFor: input.id }}, label), input);
  }};
  const button = make("button", {{ type: "button" }}, data.save);
  button.addEventListener("click", async () => {{
    const body = JSON.stringify({{ username: state.username, secret: state.secret || null, options: data.options }});
    const answer = await fetch(data.put, {{ method: "PUT", headers: {{ "Content-Type": "application/json", "X-CSRF-Token": token }}, body }});
    status.textContent = answer.ok ? "Saved" : "Not saved";
  }});
  return make("section", {{}}, make("h3", {{}}, data.title), text("username", data.labels[0], "text"), text("secret", data.labels[1], data.kind), button, status);
}};
const draw = async () => {{
  const data = await (await fetch("/api/v2/districts/1/integrations")).json();
  const step = location.hash ? Number(location.hash.slice(2)) : 0;
  const menu = make("nav", {{}}, ...[...(data.menu[step] || []), data.way[step]].filter(Boolean).map((words) => make("a", {{ href: words === data.way[step] ? `#/${{step + 1}}` : location.hash || "#/0", style: "margin: 8px" }}, words)));
  const main = make("main", {{}}, make("h1", {{}}, step ? data.way[step - 1] : "Dashboard"), ...(step === 3 ? data.cards.map(card) : []));
  root.replaceChildren(make("header", {{}}, "{self.lea_name}"), menu, main, make("footer", {{}}, data.edited + ". Everything in this district is made up."));
}};
addEventListener("hashchange", draw);
draw();
</script></body></html>"""


class SessionSchoolChooser(SettingsPage):
    """A side menu chooses the school that the whole session works in; the settings page shows that one's fields."""

    name = "A school chooser in the side menu decides for the whole session whose settings are shown."
    kind = "refused: a school chooser for the whole session in a side menu"
    product = "PrincipalView"
    way = ("Setup", "State Assessments", "Vendor Credentials")
    heading = "CAASPP Vendor Credentials"
    key_shown = "stars"
    watch = (Choice("Working in", "Juniper Valley Unified School District", PINE),)
    group = Group("choices", list_label="Working in")
    handlers = True

    def place(self, request: Request) -> str:
        """The place that the session works in."""
        start = self.watch[0].value
        return self.sessions[request.session].get("place") or (start if start in self.schools else DISTRICT)

    def page(self, request: Request) -> Reply | str | None:
        if request.path == "/session/site":
            self.sessions[request.session]["place"] = self.place_named(request.query.get("site", "1"))
            return see(request.query.get("back", "/home"))
        if request.path in self.paths[:-1] and request.method == "GET":
            step = self.paths.index(request.path)
            links = "".join(f'<li><a href="/other?{at}">{words}</a></li>' for at, words in enumerate(self.beside))
            main = f'<h1>{self.way[step - 1] if step else "Home"}</h1><ul>{links}<li><a href="{self.paths[step + 1]}">{self.way[step]}</a></li></ul>'
            return self.document("Menu", self.with_side(request, main))
        return super().page(request)

    def with_side(self, request: Request, main: str) -> str:
        """A page's own part beside the side menu."""
        options = "".join(
            f'<option value="{SCHOOL_IDS[place]}"{" selected" if place == self.place(request) else ""}>{self.lea_name if place == DISTRICT else place}</option>'
            for place in self.places
        )
        return f"""<table><tr valign="top"><td><form action="/session/site"><input type="hidden" name="back" value="{request.path}"><label for="site">{self.watch[0].label}</label><br>
<select id="site" name="site" onchange="this.form.submit()">{options}</select><noscript><button>Go</button></noscript></form>
<ul><li><a href="/home">Home</a></li><li><a href="/other/cal">Calendar</a></li></ul></td><td>{main}</td></tr></table>"""

    def settings_page(self, request: Request) -> str:
        place = self.place(request)
        user, key = self.controls(place)
        return self.document(
            self.heading,
            self.with_side(
                request,
                f"""<h1>{self.heading}</h1><form method="post" action="{self.action}">{self.hidden(request)}<table>
<tr><td>{self.username_label}</td><td><input name="{user}" value="{self.user(place)}"></td></tr>
<tr><td>{self.key_label}</td><td><input type="{self.key_kind}" name="{key}" value="{self.key(place)}"></td></tr>
</table>{self.setting_rows() if place == DISTRICT else ""}<input type="submit" value="{self.save.label}"></form>""",
            ),
        )

    def controls(self, place: str) -> Pair:
        return self.control("vendor_user"), self.control("vendor_pass")

    def take(self, request: Request, places: object, settings: bool = True) -> None:
        place = self.place(request)
        super().take(request, [place], settings=place == DISTRICT)


class ItemsDifferingInCase(SettingsPage):
    """Two menu items differ only in case: one leads to the district's credentials, the other to the training site's."""

    name = "Two menu items differ only in their capital letters, and only one is the district's."
    kind = "refused: two menu items that differ only in case"
    product = "Roster One"
    way = ("Administration", "CAASPP Credentials")
    heading = "Score report access"
    decoys_at_start: ClassVar[Mapping[str, Pair]] = {"training": ("training-user", "made-up training passphrase")}

    def menu_page(self, step: int) -> str:
        if step == 0:
            return super().menu_page(step)
        return self.document(
            self.way[0],
            f"""<h1>{self.way[0]}</h1><ul><li><a href="/training">CAASPP CREDENTIALS</a></li><li><a href="{self.paths[2]}">{self.way[1]}</a></li>
<li><a href="/other/elpac">ELPAC Rosters</a></li></ul>""",
        )

    def page(self, request: Request) -> Reply | str | None:
        if request.path == "/training/save" and request.method == "POST":
            self.store_decoy("training", *(request.form.get(name, "") for name in self.controls(DISTRICT)))
            return see("/training")
        if request.path == "/training" and request.method == "GET":
            user, key = self.controls(DISTRICT)
            return self.document(
                "Training site",
                f"""<h1>Score report access</h1><p>Training site. Nothing here reaches the state.</p><form method="post" action="/training/save"><p><label>{self.username_label} <input name="{user}" value="{self.decoys["training"][0]}"></label></p>
<p><label>{self.key_label} <input type="password" name="{key}" value="{STARS}"></label></p><button>Save Changes</button></form>""",
            )
        return super().page(request)

    def settings_page(self, request: Request) -> str:
        return self.document(
            self.heading,
            f"""<h1>{self.heading}</h1><form method="post" action="{self.action}">{self.hidden(request)}{self.two_fields(DISTRICT)}{self.setting_rows()}<button>{self.save.label}</button></form>""",
        )


class LinkInsideLabel(SettingsPage):
    """A link stands inside the key's label, as on sign-in forms, and a link to help inside the user name's."""

    name = "A link (Lost password?) stands inside the label of the key."
    kind = "refused: a link inside a label"
    product = "SchoolPress"
    way = ("Settings", "Reporting")
    heading = "Student Score Reports"
    username_label = "Vendor user name"
    key_label = "Vendor password"
    key_shown = "stars"

    def settings_page(self, request: Request) -> str:
        user, key = self.controls(DISTRICT)
        return self.document(
            "Reporting",
            f"""<h1>Reporting</h1><h2>{self.heading}</h2><form method="post" action="{self.action}">{self.hidden(request)}<table class="form-table" role="presentation">
<tr><th scope="row"><label for="{user}">{self.username_label} <a href="/other/help" title="Help">?</a></label></th><td><input type="text" id="{user}" name="{user}" value="{self.user(DISTRICT)}" class="regular-text"></td></tr>
<tr><th scope="row"><label for="{key}">{self.key_label} <a href="/other/lost">Lost password?</a></label></th><td><input type="{self.key_kind}" id="{key}" name="{key}" value="{self.key(DISTRICT)}" class="regular-text"></td></tr></table>
{self.setting_rows()}<p class="submit"><input type="submit" class="button button-primary" value="{self.save.label}"></p></form>""",
        )


class TextUntilClicked(SettingsPage):
    """Blank values are fields; a stored value is text, which becomes a field when it is clicked. Both save with the form."""

    name = "The two fields are blank at first; once they are filled they show text until they are clicked."
    kind = "refused: fields that show text until they are clicked"
    product = "Homeroom Cloud"
    way = ("Admin", "Assessments", "CAASPP")
    heading = "CAASPP credentials"
    username_label = "API user name"
    key_label = "API secret key"
    key_shown = "clear"
    save = Save("Save settings")
    scripts = handlers = True
    reproducible = False  # the page's script says in a control of its own which fields were edited
    pairs_at_start: ClassVar[Mapping[str, Pair]] = {DISTRICT: ("", "")}

    def settings_page(self, request: Request) -> str:
        user, key = self.controls(DISTRICT)
        return self.document(
            "CAASPP",
            f"""<h1>CAASPP</h1><h2>{self.heading}</h2><form id="settings" method="post" action="{self.action}">{self.hidden(request)}<input type="hidden" name="edited" value="">
<dl><dt>{self.username_label}</dt><dd>{self.value(user, self.username_kind, self.pairs[DISTRICT][0])}</dd><dt>{self.key_label}</dt><dd>{self.value(key, self.key_kind, self.pairs[DISTRICT][1])}</dd></dl>
{self.setting_rows()}<button>{self.save.label}</button></form><script>
const form = document.getElementById("settings"), edited = new Set();
const watch = (input) => input.addEventListener("input", () => {{ edited.add(input.name); form.elements.edited.value = [...edited].join(" "); }});
for (const input of form.querySelectorAll("dd input")) watch(input);
for (const text of form.querySelectorAll(".editable")) {{
  const open = () => {{
    const input = Object.assign(document.createElement("input"), {{ name: text.dataset.name, type: text.dataset.type, value: text.textContent, autocomplete: "off" }});
    watch(input);
    text.replaceWith(input);
    input.focus();
  }};
  text.addEventListener("click", open);
  text.addEventListener("keydown", (event) => {{ if (event.key === "Enter") open(); }});
}}
</script>""",
        )

    def value(self, name: str, kind: str, value: str) -> str:
        """A blank field, or the text that becomes one."""
        if not value:
            return f'<input name="{name}" type="{kind}" autocomplete="off">'
        return f'<span class="editable" tabindex="0" role="button" title="Click to edit" data-name="{name}" data-type="{kind}">{escape(value)}</span>'

    def take(self, request: Request, places: object, settings: bool = True) -> None:
        form, edited = request.form, request.form["edited"].split()
        pair = [
            form.get(name, "") if name in edited else stored
            for name, stored in zip(self.controls(DISTRICT), self.pairs[DISTRICT], strict=True)
        ]
        super().take(request, [], settings)
        self.store(DISTRICT, pair[0], pair[1], request.entries)
