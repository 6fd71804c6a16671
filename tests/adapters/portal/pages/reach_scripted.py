"""Pages that scripts draw, open or save: what a browser is needed for, and what a browser may do before anybody saves."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from html import escape
from typing import ClassVar
from urllib.parse import parse_qsl

from adapters.portal.pages.page_server import (
    DISTRICT,
    SCHOOL_IDS,
    STARS,
    Group,
    Pair,
    Reply,
    Request,
    Save,
    SettingsPage,
    as_json,
)


class ScriptedTabs(SettingsPage):
    """Three tabs of one form, shown by a script; another system's two fields with the same labels in the second."""

    name = "A script shows one tab of the form at a time; another tab has two fields with the same labels."
    kind = "reach: scripted tabs; labels by aria-labelledby"
    product = "BlueRidge SIS"
    way = ("Configuration", "Interfaces", "CAASPP/ELPAC")
    way_with = "tabs"
    heading = "Student score reports"
    username_label = "User name"
    key_label = "Secret key"
    key_shown = "stars"
    save = Save("Save interfaces")
    scripts = handlers = True
    decoys_at_start: ClassVar[Mapping[str, Pair]] = {"CERS": ("cers-nightly", "made-up nightly passphrase")}

    @property
    def paths(self) -> list[str]:
        return ["/home", "/configuration", "/interfaces"]

    def settings_page(self, request: Request) -> str:
        user, key = self.controls(DISTRICT)
        decoy = escape(self.decoys["CERS"][0])
        return self.document(
            "Interfaces",
            f"""<h1>Interfaces</h1><div role="tablist"><button type="button" role="tab" aria-selected="true" aria-controls="p0">General</button><button type="button" role="tab" aria-selected="false" aria-controls="p1">CERS</button><button type="button" role="tab" aria-selected="false" aria-controls="p2">{self.way[2]}</button></div>
<form method="post" action="{self.action}">{self.hidden(request)}<div role="tabpanel" id="p0">{self.setting_rows()}</div>
<div role="tabpanel" id="p1" hidden><h2>CERS rosters</h2><div><span id="l1">{type(self).username_label}</span><input name="cers_u" aria-labelledby="l1" value="{decoy}"></div><div><span id="l2">{type(self).key_label}</span><input type="password" name="cers_k" aria-labelledby="l2" value="{STARS}"></div></div>
<div role="tabpanel" id="p2" hidden><h2>{self.heading}</h2><div><span id="l3">{self.username_label}</span> <i>as TOMS shows it</i> <input name="{user}" aria-labelledby="l3" value="{self.user(DISTRICT)}"></div><div><span id="l4">{self.key_label}</span> <i>shown once</i> <input type="{self.key_kind}" name="{key}" aria-labelledby="l4" value="{self.key(DISTRICT)}"></div></div>
<button>{self.save.label}</button></form><script>
const tabs = document.querySelectorAll("[role=tab]");
for (const tab of tabs) tab.addEventListener("click", () => {{
  for (const other of tabs) {{ other.setAttribute("aria-selected", String(other === tab)); document.getElementById(other.getAttribute("aria-controls")).hidden = other !== tab; }}
}});
</script>""",
        )

    def take(self, request: Request, places: Iterable[str], settings: bool = True) -> None:
        super().take(request, places, settings)
        self.store_decoy("CERS", request.form.get("cers_u", ""), request.form.get("cers_k", ""))


class ClosesToSave(SettingsPage):
    """A strip of open tabs, each with a cross; closing the tab sends what is in it, and there is no other save."""

    name = "Nothing but the cross that closes the tab saves."
    kind = "reach: the only save is a tab's close control"
    product = "SchoolSuite Online"
    way = ("School Office Menu", "Set District Options", "CAASPP Credentials")
    way_with = "tabs"
    heading = "CAASPP Credentials of the district"
    key_shown = "stars"
    save = Save("Close CAASPP Credentials", "close")
    scripts = handlers = True
    reproducible = False

    @property
    def paths(self) -> list[str]:
        return ["/home", "/school-office-menu", "/set-district-options"]

    def settings_page(self, request: Request) -> str:
        return self.document(
            "Set District Options",
            f"""<h1>Set District Options</h1><ul><li><a href="#" data-tab="general">General</a></li><li><a href="#" data-tab="caaspp">{self.way[2]}</a></li></ul><div id="strip" role="tablist"></div>
<form id="caaspp" hidden><h2>{self.heading}</h2>{self.hidden(request)}{self.two_fields(DISTRICT)}{self.setting_rows()}</form><p id="message" role="status"></p><script>
const strip = document.getElementById("strip"), form = document.getElementById("caaspp"), message = document.getElementById("message");
const close = async (tab) => {{
  const answer = await fetch("{self.action}", {{ method: "POST", body: new FormData(form), headers: {{ "X-Requested-With": "XMLHttpRequest" }} }});
  message.textContent = answer.ok ? "Your changes were saved." : "Your changes were not saved.";
  form.hidden = true;
  tab.remove();
}};
for (const link of document.querySelectorAll("[data-tab]")) link.addEventListener("click", (event) => {{
  event.preventDefault();
  if (link.dataset.tab !== "caaspp") {{ message.textContent = "Nothing to set here."; return; }}
  if (strip.children.length) return;
  const tab = document.createElement("span"), cross = document.createElement("a");
  tab.textContent = "CAASPP";
  Object.assign(cross, {{ href: "#", textContent: "\\u00d7" }});
  cross.setAttribute("role", "button");
  cross.setAttribute("aria-label", "{self.save.label}");
  cross.addEventListener("click", (clicked) => {{ clicked.preventDefault(); close(tab); }});
  tab.append(" ", cross);
  strip.append(tab);
  form.hidden = false;
}});
form.addEventListener("submit", (event) => event.preventDefault());
</script>""",
        )


class SavesOnLeaving(SettingsPage):
    """When the focus leaves the frame around the two fields, both are sent; there is no button."""

    name = "The two fields are saved together when the focus leaves them."
    kind = "reach: leaving the field saves"
    product = "LiveSheet Schools"
    way = ("Preferences", "Statewide testing")
    heading = "Score report credentials"
    username_label = "User"
    key_label = "Key"
    key_shown = "stars"
    save = Save("", "leave")
    scripts = handlers = True
    reproducible = False

    def settings_page(self, request: Request) -> str:
        user, key = self.controls(DISTRICT)
        return self.document(
            "Statewide testing",
            f"""<h1>Statewide testing</h1><p>Changes are saved as you go.</p><form id="all" action="{self.action}">{self.hidden(request)}<fieldset id="pair"><legend>{self.heading}</legend><p><label>{self.username_label} <input name="{user}" value="{self.user(DISTRICT)}"></label></p>
<p><label>{self.key_label} <input type="{self.key_kind}" name="{key}" value="{self.key(DISTRICT)}"></label></p></fieldset>{self.setting_rows()}</form><p id="message" role="status"></p><script>
const form = document.getElementById("all"), pair = document.getElementById("pair");
const state = () => new URLSearchParams(new FormData(form)).toString();
let stored = state();
pair.addEventListener("focusout", async (event) => {{
  if (pair.contains(event.relatedTarget) || state() === stored) return;
  stored = state();
  const answer = await fetch(form.action, {{ method: "POST", body: new URLSearchParams(new FormData(form)) }});
  document.getElementById("message").textContent = answer.ok ? "Saved" : "Not saved";
}});
form.addEventListener("submit", (event) => event.preventDefault());
</script>""",
        )


class ShadowFields(SettingsPage):
    """Fields and buttons are a vendor's own elements: labels and inputs stand in shadow trees, the form sends their values."""

    name = "The fields, their labels and the button stand in shadow trees of the vendor's own elements."
    kind = "reach: shadow DOM"
    product = "Lumen Campus"
    way = ("Settings", "Connected apps", "Score reports")
    heading = "CAASPP and ELPAC"
    username_label = "Vendor user name"
    key_label = "Vendor secret key"
    key_shown = "blank"
    save = Save("Save connection")
    scripts = handlers = True
    reproducible = False

    def settings_page(self, request: Request) -> str:
        user, key = self.controls(DISTRICT)
        return self.document(
            "Score reports",
            f"""<h1>Score reports</h1><h2>{self.heading}</h2><form method="post" action="{self.action}">{self.hidden(request)}
<lumen-text name="{user}" type="{self.username_kind}" label="{self.username_label}" value="{self.user(DISTRICT)}"></lumen-text><lumen-text name="{key}" type="{self.key_kind}" label="{self.key_label}" value=""></lumen-text>
{self.setting_rows()}<lumen-button>{self.save.label}</lumen-button></form><script>
customElements.define("lumen-text", class extends HTMLElement {{
  static formAssociated = true;
  constructor() {{ super(); this.internals = this.attachInternals(); this.attachShadow({{ mode: "open" }}); }}
  connectedCallback() {{
    const label = document.createElement("label"), words = document.createElement("span"), input = document.createElement("input");
    words.textContent = this.getAttribute("label");
    Object.assign(input, {{ type: this.getAttribute("type"), value: this.getAttribute("value"), autocomplete: "off" }});
    input.addEventListener("input", () => this.internals.setFormValue(input.value));
    this.internals.setFormValue(input.value);
    label.append(words, " ", input);
    this.shadowRoot.append(label);
  }}
}});
customElements.define("lumen-button", class extends HTMLElement {{
  constructor() {{
    super();
    const root = this.attachShadow({{ mode: "open" }});
    root.innerHTML = '<button type="button"><slot></slot></button>';
    root.querySelector("button").addEventListener("click", () => this.closest("form").requestSubmit());
  }}
}});
</script>""",
        )


class DrawnLate(SettingsPage):
    """The page is empty at first; half a second after its data the form appears, with placeholders and no labels."""

    name = "The form appears half a second after the page; the labels are placeholders."
    kind = "reach: late-drawn pages; labels by placeholder"
    product = "Spark Admin"
    way = ("Admin", "Partners", "CAASPP")
    heading = "CAASPP partner access"
    username_label = "Partner user name"
    key_label = "Partner secret key"
    key_shown = "blank"
    save = Save("Save partner")
    scripts = handlers = True
    reproducible = False

    def page(self, request: Request) -> Reply | str | None:
        if request.path == "/partners/caaspp.json" and request.method == "GET":
            user, key = self.controls(DISTRICT)
            fields = [
                [user, self.username_label, self.username_kind, self.pairs[DISTRICT][0]],
                [key, self.key_label, self.key_kind, ""],
            ]
            return as_json({"heading": self.heading, "fields": fields, "save": self.save.label, "post": self.action})  # fmt: skip
        return super().page(request)

    def settings_page(self, request: Request) -> str:
        return self.document(
            "CAASPP",
            f"""<h1>CAASPP</h1><div id="place">Loading partner...</div><template id="rest">{self.hidden(request)}{self.setting_rows()}</template><script>
fetch("/partners/caaspp.json").then((answer) => answer.json()).then((data) => setTimeout(() => {{
  const form = document.createElement("form"), heading = document.createElement("h2"), button = document.createElement("button");
  heading.textContent = data.heading;
  form.append(heading);
  for (const [name, placeholder, type, value] of data.fields) form.append(Object.assign(document.createElement("input"), {{ name, placeholder, type, value, size: 40, autocomplete: "off" }}));
  button.textContent = data.save;
  form.append(document.getElementById("rest").content.cloneNode(true), button);
  form.addEventListener("submit", async (event) => {{
    event.preventDefault();
    const answer = await fetch(data.post, {{ method: "POST", body: new URLSearchParams(new FormData(form)), headers: {{ "X-Requested-With": "XMLHttpRequest" }} }});
    button.textContent = answer.ok ? "Saved" : "Failed";
  }});
  document.getElementById("place").replaceChildren(form);
}}, 500));
</script>""",
        )


class RowsWithDialog(SettingsPage):
    """The district's two fields, and a table of schools: Edit opens a dialog with two fields, saved by fetch."""

    name = "Each school's row has a button that opens a dialog with two fields."
    kind = "reach: schools as rows whose button opens a dialog; saved by fetch with a header"
    product = "Cedar Cloud SIS"
    way = ("Administration", "CAASPP access")
    heading = "District access"
    username_label = "Access name"
    key_label = "Access key"
    key_shown = "blank"
    save = Save("Save access")
    action = "/api/caaspp-access"
    group = Group("rows", "School access", open_row="Edit")
    scripts = handlers = True
    reproducible = False

    def controls(self, place: str) -> Pair:
        return self.control("name"), self.control("key")

    def page(self, request: Request) -> Reply | str | None:
        if request.method == "PATCH" and request.path == self.action:
            return self.saved(request)
        return super().page(request)

    def settings_page(self, request: Request) -> str:
        assert self.group
        user, key = self.controls(DISTRICT)
        rows = "".join(
            f'<tr data-id="{SCHOOL_IDS[school]}"><td>{school}</td><td>{self.user(school) or "uses the district"}</td><td><button type="button" class="edit" data-user="{self.user(school)}">{self.group.open_row}</button></td></tr>'
            for school in self.schools
        )
        fields = f'<p><label>{self.username_label} <input name="{user}"></label></p><p><label>{self.key_label} <input type="{self.key_kind}" name="{key}" placeholder="unchanged" autocomplete="off"></label></p><button>{self.save.label}</button>'
        return self.document(
            "CAASPP access",
            f"""<h1>CAASPP access</h1><h2>{self.heading}</h2><form class="pair" data-id="1">{fields.replace(f'name="{user}"', f'name="{user}" value="{self.user(DISTRICT)}"')}</form>
<h2>{self.group.heading}</h2><table border="1">{rows}</table><dialog id="one"><h3></h3><form class="pair">{fields} <button type="button" id="cancel">Cancel</button></form></dialog><p id="message" role="status"></p><script>
const dialog = document.getElementById("one");
for (const button of document.querySelectorAll(".edit")) button.addEventListener("click", () => {{
  const row = button.closest("tr"), form = dialog.querySelector("form");
  dialog.querySelector("h3").textContent = row.cells[0].textContent;
  form.dataset.id = row.dataset.id;
  form.elements[0].value = button.dataset.user;
  form.elements[1].value = "";
  dialog.showModal();
}});
document.getElementById("cancel").addEventListener("click", () => dialog.close());
for (const form of document.querySelectorAll(".pair")) form.addEventListener("submit", async (event) => {{
  event.preventDefault();
  const body = JSON.stringify({{ site: form.dataset.id, name: form.elements[0].value, key: form.elements[1].value || null }});
  const answer = await fetch("{self.action}", {{ method: "PATCH", body, headers: {{ "Content-Type": "application/json", "X-XSRF-TOKEN": "{self.token(request)}" }} }});
  document.getElementById("message").textContent = answer.ok ? "Saved" : "Not saved";
  if (answer.ok && dialog.open) dialog.close();
}});
</script>""",
        )

    def saved(self, request: Request) -> Reply | str:
        content = json.loads(request.body)
        if request.headers.get("x-xsrf-token") != self.token(request):
            return self.refuse(request, "a token of another session")
        self.store(self.place_named(content["site"]), content["name"], content["key"] or "", [("json", request.body.decode())])  # fmt: skip
        return as_json({"ok": True})


class OpensSocket(SettingsPage):
    """A plain form; a script tells through a web socket who has the page open and which field has the focus."""

    name = "The page keeps a web socket open, and tells through it which field is being edited."
    kind = "reach: a page that opens a WebSocket"
    product = "TeamOffice"
    way = ("District", "CAASPP credentials")
    heading = "CAASPP credentials of the district"
    key_shown = "stars"
    save = Save("Save")
    handlers = True
    test_save = "refused"

    def settings_page(self, request: Request) -> str:
        return self.document(
            "CAASPP credentials",
            f"""<h1>CAASPP credentials</h1><h2>{self.heading}</h2><form method="post" action="{self.action}">{self.hidden(request)}{self.two_fields(DISTRICT)}{self.setting_rows()}<button>{self.save.label}</button></form><p id="others">Connecting...</p><script>
const socket = new WebSocket(`ws://${{location.host}}/presence`), others = document.getElementById("others");
const tell = (what) => {{ if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(what)); }};
socket.addEventListener("open", () => {{ others.textContent = "Nobody else is editing."; tell({{ page: location.pathname }}); }});
for (const input of document.querySelectorAll("form input")) input.addEventListener("input", () => tell({{ field: input.name, value: input.value }}));
</script>""",
        )


class EncodesFirst(SettingsPage):
    """A script writes the key in base64 into a hidden control and blanks the field before the form is sent."""

    name = "The page's script encodes the key before it sends it."
    kind = "reach: what leaves does not carry the key as it was typed"
    product = "Fortress Student Data"
    way = ("Security", "Outside credentials")
    heading = "TOMS credentials"
    username_label = "TOMS user"
    key_label = "TOMS key"
    key_shown = "blank"
    save = Save("Encrypt and save")
    scripts = handlers = True
    reproducible = False
    test_save = "refused"

    def settings_page(self, request: Request) -> str:
        key = self.controls(DISTRICT)[1]
        return self.document(
            "Outside credentials",
            f"""<h1>Outside credentials</h1><h2>{self.heading}</h2><form id="f" method="post" action="{self.action}">{self.hidden(request)}<input type="hidden" name="sealed" value="">{self.two_fields(DISTRICT)}{self.setting_rows()}<button>{self.save.label}</button></form><script>
document.getElementById("f").addEventListener("submit", (event) => {{
  const fields = event.target.elements;
  fields.sealed.value = btoa(fields["{key}"].value);
  fields["{key}"].value = "";
}});
</script>""",
        )

    def take(self, request: Request, places: Iterable[str], settings: bool = True) -> None:
        super().take(request, [], settings)
        key = b64decode(request.form.get("sealed", "")).decode()
        self.store(DISTRICT, request.form.get(self.controls(DISTRICT)[0], ""), key, request.entries)


class SecondPress(SettingsPage):
    """The first button shows a panel on the same page, and the panel's button sends the form."""

    name = "The first button asks on the same page, and only the second one saves."
    kind = "reach: a second press on the same page"
    product = "Granite SIS"
    way = ("Tools", "State credentials")
    heading = "CAASPP/ELPAC"
    key_shown = "stars"
    save = Save("Update", second_press="Yes, update all schools")
    scripts = handlers = True

    def settings_page(self, request: Request) -> str:
        return self.document(
            "State credentials",
            f"""<h1>State credentials</h1><h2>{self.heading}</h2><form method="post" action="{self.action}">{self.hidden(request)}{self.two_fields(DISTRICT)}{self.setting_rows()}<button type="button" id="first">{self.save.label}</button>
<div id="sure" role="alertdialog" hidden><p>This changes the credentials of every school.</p><button>Yes, update all schools</button> <button type="button" id="no">No</button></div></form><script>
const sure = document.getElementById("sure");
document.getElementById("first").addEventListener("click", () => {{ sure.hidden = false; }});
document.getElementById("no").addEventListener("click", () => {{ sure.hidden = true; }});
</script>""",
        )


class BoxEnablesKey(SettingsPage):
    """The key's field is disabled until the box beside it is on."""

    name = "The key's field is disabled until the box beside it is on."
    kind = "reach: a box that enables the key's field"
    product = "Beacon Records"
    way = ("Setup", "Data exchange")
    heading = "State score reports"
    username_label = "Exchange user"
    key_label = "Exchange password"
    boxes = ("Set a new password",)
    key_shown = "blank"
    save = Save("Save exchange")
    scripts = handlers = True
    reproducible = False

    def settings_page(self, request: Request) -> str:
        key = self.controls(DISTRICT)[1]
        return self.document(
            "Data exchange",
            f"""<h1>Data exchange</h1><h2>{self.heading}</h2><form method="post" action="{self.action}">{self.hidden(request)}{self.two_fields(DISTRICT, " disabled")}
<p><label><input type="checkbox" name="renew" value="1" onclick="document.getElementById('{key}').disabled = !this.checked"> {self.boxes[0]}</label></p>{self.setting_rows()}<button>{self.save.label}</button></form>""",
        )


class SavesOnInput(SettingsPage):
    """A form with a button that also stores itself as soon as a letter is typed, by a fetch that outlives the page."""

    name = "The page stores the two fields as soon as a letter is typed; its button stores them too."
    kind = "reach: a page that saves on input, by a keepalive fetch"
    product = "AutoKeep SIS"
    way = ("Admin", "State reporting credentials")
    heading = "Credentials for score reports"
    key_shown = "stars"
    save = Save("Save and close")
    handlers = True
    trigger = """form.addEventListener("input", store);"""
    transport = """fetch("/autosave", { method: "POST", body: state(), keepalive: true })"""

    def settings_page(self, request: Request) -> str:
        return self.document(
            "State reporting credentials",
            f"""<h1>State reporting credentials</h1><h2>{self.heading}</h2><form id="f" method="post" action="{self.action}">{self.hidden(request)}{self.two_fields(DISTRICT)}{self.setting_rows()}<button>{self.save.label}</button></form><script>
const form = document.getElementById("f"), state = () => new URLSearchParams(new FormData(form)), first = String(state());
const store = () => {{ if (String(state()) !== first) {self.transport}; }};
{self.trigger}
</script>""",
        )

    def page(self, request: Request) -> Reply | str | None:
        if request.path == "/autosave":
            return self.autosaved(request)
        return super().page(request)

    def autosaved(self, request: Request) -> Reply | str:
        """What the page sends by itself is stored as if the button had been pressed."""
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if form.get("csrf") != self.token(request):
            return self.refuse(request, "a token of another session")
        user, key = self.controls(DISTRICT)
        self.store(DISTRICT, form.get(user, ""), form.get(key, ""), list(form.items()))
        return Reply("", 204)


class SavesOnBlur(SavesOnInput):
    """The same when a field loses the focus, by an XMLHttpRequest."""

    name = "The page stores the two fields when one of them loses the focus; its button stores them too."
    kind = "reach: a page that saves on blur, by an XMLHttpRequest"
    trigger = """for (const input of form.elements) input.addEventListener("blur", store);"""
    transport = """{ const ask = new XMLHttpRequest(); ask.open("POST", "/autosave"); ask.send(state()); }"""


class SavesOnHiding(SavesOnInput):
    """The same when the page is hidden, by a beacon."""

    name = "The page stores the two fields when it is hidden; its button stores them too."
    kind = "reach: a page that saves on visibilitychange, by a beacon"
    trigger = """document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") store(); });"""
    transport = """navigator.sendBeacon("/autosave", state())"""


class SavesOnPageHide(SavesOnInput):
    """The same on pagehide, by a beacon."""

    name = "The page stores the two fields when it goes away (pagehide); its button stores them too."
    kind = "reach: a page that saves on pagehide, by a beacon"
    trigger = """addEventListener("pagehide", store);"""
    transport = """navigator.sendBeacon("/autosave", state())"""


class SavesOnUnload(SavesOnInput):
    """The same on beforeunload, by a fetch that outlives the page."""

    name = "The page stores the two fields when it is about to be unloaded; its button stores them too."
    kind = "reach: a page that saves on beforeunload, by a keepalive fetch"
    trigger = """addEventListener("beforeunload", store);"""


class SendsTelemetry(SettingsPage):
    """A plain form; a vendor's script tells what is typed with every event, by every way that there is, images too."""

    name = "The page sends what is typed to its own statistics by beacons, fetches and images."
    kind = "reach: beacons and keepalive fetches on input, blur, visibilitychange, pagehide and beforeunload"
    product = "InsightCampus"
    way = ("Settings", "CAASPP connection")
    heading = "CAASPP connection"
    key_shown = "stars"
    save = Save("Save connection")
    handlers = True

    def settings_page(self, request: Request) -> str:
        return self.document(
            "CAASPP connection",
            f"""<h1>CAASPP</h1><h2>{self.heading}</h2><form id="f" method="post" action="{self.action}">{self.hidden(request)}{self.two_fields(DISTRICT)}{self.setting_rows()}<button>{self.save.label}</button></form><script>
const form = document.getElementById("f"), state = (why) => JSON.stringify({{ why, fields: [...new FormData(form)] }});
form.addEventListener("input", (event) => {{ new Image().src = "/insight.gif?typed=" + encodeURIComponent(btoa(unescape(encodeURIComponent(event.target.value)))); }});
form.addEventListener("focusout", () => fetch("/insight", {{ method: "POST", body: state("blur"), keepalive: true }}));
document.addEventListener("visibilitychange", () => navigator.sendBeacon("/insight", state("visibilitychange")));
addEventListener("pagehide", () => navigator.sendBeacon("/insight", state("pagehide")));
addEventListener("beforeunload", () => fetch("/insight", {{ method: "POST", body: state("beforeunload"), keepalive: true }}));
</script>""",
        )

    def page(self, request: Request) -> Reply | str | None:
        return Reply("", 204) if request.path in ("/insight", "/insight.gif") else super().page(request)
