"""Portals drawn by somebody who had not read the drivers: what a person finds there at once, in markup of its own."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

from html import escape

from adapters.portal.contract.pretend_portal import DISTRICT, NORTH, SOUTH, Asked, PretendPortal, Reply, see

NUMBERS = {DISTRICT: "0", NORTH: "17", SOUTH: "23"}
BY_NUMBER = {number: place for place, number in NUMBERS.items()}
WAY = {
    "/home": '<a href="/office">School Office Menu</a> <a href="/logout">Log Out</a>',
    "/office": '<a href="/options">Set District Options</a> <a href="/students">Students</a>',
    "/options": '<ul><li><a href="/mail">Mail</a><li><a href="/caaspp">CAASPP Credentials</a></ul>',
}


class Plain(PretendPortal):
    """The way that the guides tell of, then a form for each place; the styles below change what it takes to."""

    style = "the guides' words and nothing else"

    def log_in_page(self, notice: str) -> str:
        return f'{notice}<form action="/login" method="post"><label>User Name <input name="username"></label> <label>Password <input type="password" name="password"></label> <button>Log In</button></form>'

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            return self.took(asked)
        return WAY.get(asked.path) or self.settings(asked)

    def took(self, asked: Asked) -> Reply | str:
        """What a post is answered."""
        if asked.path != "/save":
            self.strange.append(asked.path)
            return Reply("<h1>Not found</h1>", 404)
        return self.save(BY_NUMBER[asked.form["id"]], asked.form["u"], asked.form["k"]) or see("/caaspp")

    def settings(self, asked: Asked) -> str:
        """The page with the pairs."""
        return "".join(self.form(place) for place in self.shown())

    def form(self, place: str, more: str = "") -> str:
        """The form of one place, with `more` before its button."""
        return f'<h3>{place}</h3><form action="{self.save_to("/save")}" method="post"><input type="hidden" name="id" value="{NUMBERS[place]}">{self.fields(place)}{more} <button>Save Changes</button></form>'

    def fields(self, place: str) -> str:
        """The two fields of one place."""
        return f'<p><label>CALPADS API Username <input name="u" value="{self.user(place)}"></label><p><label>CALPADS API Password <input type="password" name="k" value="{self.key(place)}"></label>'


class EditPerRow(Plain):
    """The district's form, and a table of schools under it: one link called Edit in each row."""

    style = "a link Edit in each school's row"

    def settings(self, asked: Asked) -> str:
        if asked.path == "/edit":
            return f'<a href="/caaspp">Back</a>{self.form(BY_NUMBER[asked.query["id"]])}'
        rows = "".join(
            f'<tr><td>{place}</td><td>{self.user(place)}</td><td><a href="/edit?id={NUMBERS[place]}&amp;row={at}">Edit</a></td></tr>'
            for at, place in enumerate(self.shown())
            if place != DISTRICT
        )
        return f"{self.form(DISTRICT)}<h3>Schools</h3><table><tr><th>School</th><th>CALPADS API Username</th><th></th></tr>{rows}</table>"


class Columns(Plain):
    """One table in one form: the user names in a row, the passwords in the next, and a column for each place."""

    style = "schools side by side in columns"

    def settings(self, asked: Asked) -> str:
        places = self.shown()
        heads = "".join(f"<th>{place}</th>" for place in places)
        users = "".join(f'<td><input name="u{NUMBERS[place]}" value="{self.user(place)}"></td>' for place in places)
        keys = "".join(f'<td><input type="password" name="k{NUMBERS[place]}"></td>' for place in places)
        return f"""<form action="{self.save_to("/save")}" method="post"><table><tr><th></th>{heads}</tr><tr><td>CALPADS API Username</td>{users}</tr>
<tr><td>CALPADS API Password</td>{keys}</tr></table><button>Save Changes</button></form>"""

    def took(self, asked: Asked) -> Reply | str:
        form, done = asked.form, None
        changed = [
            place
            for place, number in NUMBERS.items()
            if form[f"u{number}"] != self.pairs[place][0] or form[f"k{number}"]
        ]
        for place in changed or [DISTRICT]:
            done = self.save(place, form[f"u{NUMBERS[place]}"], form[f"k{NUMBERS[place]}"])
        return done or see("/caaspp")


class ListThatSends(Plain):
    """The district's form, and a list of schools under it that sends itself when a choice is made: there is no button."""

    style = "a list of schools that sends itself"

    def settings(self, asked: Asked) -> str:
        now = BY_NUMBER.get(asked.query.get("s", ""))
        offered = "".join(
            f'<option value="{NUMBERS[place]}"{" selected" if place == now else ""}>{place}'
            for place in self.shown()
            if place != DISTRICT
        )
        choice = f'<form action="/caaspp"><label>School <select name="s" onchange="this.form.submit()"><option value="">Choose one{offered}</select></label></form>'
        return self.form(DISTRICT) + choice + (self.form(now) if now else "")


class PostedBackList(Plain):
    """Web Forms: the list of schools stands in the form of the pair, and sends the page back as itself."""

    style = "Web Forms, a list of schools posted back"

    def settings(self, asked: Asked) -> str:
        now = BY_NUMBER[asked.form.get("ddlSchool", "0")]
        offered = "".join(
            f'<option value="{NUMBERS[place]}"{" selected" if place == now else ""}>{place}' for place in self.shown()
        )
        return f"""<form action="/caaspp" method="post"><input type="hidden" name="__EVENTTARGET" value=""><input type="hidden" name="__EVENTARGUMENT" value="">
<input type="hidden" name="__VIEWSTATE" value="v{NUMBERS[now]}">School: <select name="ddlSchool" onchange="javascript:setTimeout('__doPostBack(\\'ddlSchool\\',\\'\\')', 0)">{offered}</select>
{self.fields(now)}<input type="submit" name="save" value="Save Changes" formaction="{self.save_to("/caaspp")}"></form>
<script>function __doPostBack(target, argument) {{ const form = document.forms[0]; form.__EVENTTARGET.value = target; form.__EVENTARGUMENT.value = argument; form.submit(); }}</script>"""

    def took(self, asked: Asked) -> Reply | str:
        form = asked.form
        if not form.get("save"):
            self.strange += [] if form["__EVENTTARGET"] == "ddlSchool" and not form["k"] else ["sent back"]
            return self.settings(asked)
        if form["__VIEWSTATE"] != f"v{form['ddlSchool']}":
            self.strange.append("saved from another school's page")
        return self.save(BY_NUMBER[form["ddlSchool"]], form["u"], form["k"]) or self.settings(asked)


class ButtonsLead(Plain):
    """The form leads nowhere good; each of its buttons says itself where it leads and how. In frames within the page."""

    style = "formaction in an iframe's srcdoc"

    def settings(self, asked: Asked) -> str:
        forms = "".join(
            f'<h3>{place}</h3><form action="/nowhere">{self.fields(place)}<button formmethod="post" formaction="/delete/{NUMBERS[place]}">Delete</button><button formmethod="post" formaction="{self.save_to(f"/save/{NUMBERS[place]}")}">Save</button></form>'
            for place in self.shown()
        )
        return f'<h2>CAASPP Credentials</h2><iframe srcdoc="{escape(forms)}" src="/nothing"></iframe>'

    def took(self, asked: Asked) -> Reply | str:
        head, _, number = asked.path.rpartition("/")
        if head != "/save":
            self.strange.append(asked.path)
            return ""
        return self.save(BY_NUMBER[number], asked.form["u"], asked.form["k"]) or see("/caaspp")
