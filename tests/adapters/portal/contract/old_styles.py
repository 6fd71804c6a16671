"""Portals in the style of other times: framesets, tables in upper case, tags left open, windows-1252, refreshes."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

from adapters.portal.contract.framework_styles import BY_SLUG, SLUGS, Django
from adapters.portal.contract.pretend_portal import (
    DISTRICT,
    NORTH,
    SOUTH,
    Asked,
    PretendPortal,
    Reply,
    see,
)


class ColdFusion(PretendPortal):
    """ColdFusion: upper case, a frameset with a menu that opens its links in the frame beside it."""

    style = "ColdFusion, a frameset in upper case"
    log_in_path = "/login.cfm"
    log_in_names = ("USERID", "PWD")
    home = "/index.cfm"
    key_shown = "stars"

    def log_in_page(self, notice: str) -> str:
        return f"""<HTML><BODY BGCOLOR=FFFFFF>{notice}<FORM ACTION="/login.cfm" METHOD=POST NAME=LOGIN><TABLE><TR><TD ALIGN=RIGHT><FONT SIZE=2>User ID<TD><INPUT NAME=USERID>
<TR><TD><FONT SIZE=2>Password<TD><INPUT TYPE=PASSWORD NAME=PWD></TABLE><INPUT TYPE=IMAGE SRC=/go.gif ALT="Log In" BORDER=0></FORM>"""

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            self.keep(asked.form, "contact")
            return self.save(asked.form["SITE"], asked.form["CUSER"], asked.form["CPASS"]) or see("/creds.cfm")
        if asked.path == "/index.cfm":
            return '<HTML><FRAMESET COLS="150,*"><FRAME SRC="menu.cfm" NAME=MENU><FRAME SRC="welcome.cfm" NAME=MAIN></FRAMESET><NOFRAMES>Get a browser.</NOFRAMES></HTML>'
        if asked.path == "/menu.cfm":
            return '<BASE TARGET=MAIN><A HREF="welcome.cfm">Home</A><BR><A HREF="district.cfm">District Options</A><BR><A HREF="logout.cfm" TARGET=_top>Log Out</A>'
        if asked.path == "/district.cfm":
            return '<H1>District</H1><A HREF="creds.cfm">CAASPP Credentials</A>'
        if asked.path == "/creds.cfm":
            return "".join(self.table(place) for place in self.shown())
        return "<P>Welcome"

    def table(self, place: str) -> str:
        return f"""<FORM ACTION="{self.save_to("/save.cfm")}" METHOD=POST><TABLE BORDER=1><TR><TH COLSPAN=2>{place}</TH></TR><INPUT TYPE=HIDDEN NAME=SITE VALUE="{place}">
<TR><TD><B>CALPADS API Username:</B><TD><INPUT NAME=CUSER VALUE="{self.user(place)}" SIZE=20>
<TR><TD><B>CALPADS API Password:</B><TD><INPUT TYPE=PASSWORD NAME=CPASS VALUE="{self.key(place)}">
<TR><TD>Contact<TD><INPUT NAME=contact VALUE="{self.value("contact")}"><TR><TD COLSPAN=2><INPUT TYPE=SUBMIT VALUE=" Save "></TABLE></FORM>"""


class OldPhp(PretendPortal):
    """Old PHP: tags left open, forms nested and broken apart by tables, windows-1252, no quotes."""

    style = "old PHP, windows-1252, open tags"
    charset = "cp1252"
    log_in_path = "/login.php"
    log_in_names = ("user", "pass")
    home = "/menu.php"

    def log_in_page(self, notice: str) -> str:
        return f"""{notice}<form action=login.php method=post><p>Username <input name=user><p>Password <input type=password name=pass><p><input type=submit value=Login>"""

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            if asked.path != "/save.php":
                self.strange.append(asked.path)
            self.keep(asked.form, "note", "flag")
            return self.save(asked.form["site"], asked.form["cu"], asked.form["ck"]) or see("/caaspp.php")
        if asked.path == "/menu.php":
            return "<ul><li><a href=caaspp.php>CAASPP Credentials<li><a href=x.php>Something else</ul>"
        return (
            "<form action=/search.php method=post><input name=q>"
            + "".join(self.block(place) for place in self.shown())
            + "</form>"
        )

    def block(self, place: str) -> str:
        on = "checked" if self.other_values["flag"] == "yes" else ""
        return f"""</form><h3>{place}<table><form action={self.save_to("/save.php")} method=post><tr><td>CALPADS API Username<td><input name=cu value="{self.user(place)}"></tr>
<tr><td>CALPADS API Password<td><input name=ck type=password><input type=hidden name=site value="{place}">
<tr><td><form action=/inner.php method=post><textarea name=note>
{self.value("note")}</textarea><td><input type=checkbox name=flag value=yes {on}>
<tr><td colspan=2><input type=submit name=do value=Save></form></table>"""


class Iframes(PretendPortal):
    """Iframes: the log-in and the settings stand in frames of a shell; another frame is on another host."""

    style = "iframes in a shell"
    log_in_path = "/inner/login"
    home = "/inner/menu"

    def log_in_page(self, notice: str) -> str:
        inner = f"""<form action="/inner/login" method="post">{notice}<p><label>User name<br><input name="username"></label><p><label>Password<br><input name="password" type="password"></label>
<p><button>Sign In</button></form>"""
        return inner if notice or not self.asked or self.asked[-1].path != "/" else self.shell()

    def shell(self) -> str:
        return f"""<h1>Portal</h1><iframe src="/inner/start" name="work"></iframe>
<iframe src="{self.elsewhere}/advert" width=1 height=1></iframe>"""

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            self.keep(asked.form, "contact")
            return self.save(asked.form["place"], asked.form["u"], asked.form["k"]) or see("/inner/caaspp")
        if asked.path == "/":
            return self.shell()
        if asked.path in ("/inner/menu", "/inner/start"):
            return f'<iframe name="tree" src="/inner/tree"></iframe><iframe name="work" src="/inner/hello"></iframe><iframe src="{self.elsewhere}/advert"></iframe>'
        if asked.path == "/inner/tree":
            return '<a href="/inner/caaspp" target="work">CAASPP Credentials</a>'
        if asked.path == "/inner/caaspp":
            return "".join(self.part(place) for place in self.shown())
        return "<p>Hello"

    def part(self, place: str) -> str:
        return f"""<h4>{place}</h4><form action="{self.save_to("/inner/save")}" method="post"><input type="hidden" name="place" value="{place}">
<label>CALPADS API Username <input name="u" value="{self.user(place)}"></label><label>CALPADS API Password <input name="k" type="password"></label>
<label>Contact <input name="contact" value="{self.value("contact")}"></label><button name="x" value="1">Save</button></form>"""


class OneForm(PretendPortal):
    """One form for all: schools as rows of a table, one Save button, keys in clear, plain cells as column heads."""

    style = "one form, schools as rows"
    home = "/credentials"
    key_shown = "clear"

    def log_in_page(self, notice: str) -> str:
        return f'{notice}<form method="post" action="/login"><input name="username" title="User Name"><input name="password" type="password" title="Password"><input type="submit" value="Submit"></form>'

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            form = asked.form
            self.keep(form, "note")
            changed = [
                place for place, slug in SLUGS.items() if self.pairs[place] != (form[f"u{slug}"], form[f"k{slug}"])
            ]
            done: Reply | None = None
            for place in changed or [DISTRICT]:
                done = self.save(place, form[f"u{SLUGS[place]}"], form[f"k{SLUGS[place]}"])
            return done or see("/credentials")
        rows = "".join(
            f'<tr><td>{place}</td><td><input name="u{SLUGS[place]}" value="{self.user(place)}"></td><td><input name="k{SLUGS[place]}" value="{self.key(place)}"></td></tr>'
            for place in self.shown()
        )
        return f"""<form method="post" action="{self.save_to("/credentials")}"><table><tr><td>School</td><td>CALPADS API Username</td><td>CALPADS API Password</td></tr>{rows}</table>
<p>Note<br><textarea name="note">
{self.value("note")}</textarea><p><input type="submit" value="Save"></form>"""


class PagePerSchool(PretendPortal):
    """A page for each school, behind a list of links by its name; the district's pair is on the page with the list."""

    style = "a page for each school, by links"
    home = "/caaspp"

    def log_in_page(self, notice: str) -> str:
        return f'{notice}<form method="post" action="/login"><label>Login name <input name="username"></label> <label>Password <input name="password" type="password"></label> <button>Enter</button></form>'

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            self.keep(asked.form, "contact")
            place = BY_SLUG[asked.query["site"]]
            return self.save(place, asked.form["u"], asked.form["k"]) or see(f"/caaspp?site={asked.query['site']}")
        place = BY_SLUG[asked.query.get("site", "0")]
        links = "".join(
            f'<li><a href="/caaspp?site={SLUGS[name]}{"&again" * at}">{name}</a>'
            for at, name in enumerate(self.shown())
            if name != DISTRICT
        )
        heading = "District CAASPP credentials" if place == DISTRICT else f"Credentials of {place}"
        listed = f"<h3>Schools</h3><ul>{links}</ul>" if place == DISTRICT else '<a href="/caaspp">Back</a>'
        return f"""<h2>{heading}</h2><form method="post" action="{self.save_to(f"/caaspp?site={SLUGS[place]}")}"><label>CALPADS API Username <input name="u" value="{self.user(place)}"></label>
<label>CALPADS API Password <input name="k" type="password"></label><label>Contact <input name="contact" value="{self.value("contact")}"></label><button>Save</button></form>{listed}"""


class ChooseAndGo(PretendPortal):
    """A list to choose a school from and a Go button; the portal remembers the choice, and saves to what it remembers."""

    style = "choose a school and press Go"
    home = "/caaspp"
    chosen = DISTRICT

    def log_in_page(self, notice: str) -> str:
        return f'{notice}<form method="post" action="/login"><dl><dt>Username<dd><input name="username"><dt>Password<dd><input name="password" type="password"></dl><button>OK</button></form>'

    def page(self, asked: Asked) -> Reply | str:
        if asked.path == "/choose":
            self.chosen = BY_SLUG[asked.form["site"]]
            return see("/caaspp")
        if asked.method == "POST":
            self.keep(asked.form, "contact")
            return self.save(self.chosen, asked.form["u"], asked.form["k"]) or see("/caaspp")
        options = "".join(
            f'<option value="{SLUGS[name]}"{" selected" if name == self.chosen else ""}>{name}</option>'
            for name in self.shown()
        )
        return f"""<form method="post" action="/choose"><label for="site">School</label><select name="site" id="site"><option value="">-- choose --</option>{options}</select> <input type="submit" value="Go"></form>
<form method="post" action="{self.save_to("/save")}"><p>CALPADS API Username</p><p><input name="u" value="{self.user(self.chosen)}"></p><p>CALPADS API Password</p><p><input name="k" type="password"></p>
<p>Contact <input name="contact" value="{self.value("contact")}"></p><button>Save</button></form>"""


class Multipart(PretendPortal):
    """A multipart form with a file field; the stored key is shown as stars."""

    style = "multipart, key masked with stars"
    home = "/credentials"
    key_shown = "stars"

    def log_in_page(self, notice: str) -> str:
        return f'{notice}<form method="post" action="/login" enctype="multipart/form-data"><fieldset><legend>Username</legend><input name="username"></fieldset><fieldset><legend>Password</legend><input name="password" type="password"></fieldset><button>Log in</button></form>'

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            if not asked.kind.startswith("multipart/form-data") or asked.form.get("logo") != "":
                self.strange.append(asked.path)
            self.keep(asked.form, "note", "level")
            return self.save(asked.form["place"], asked.form["u"], asked.form["k"]) or see("/credentials")
        return "".join(
            f"""<h2>{place}</h2><form method="post" action="{self.save_to("/save")}" enctype="multipart/form-data"><input type="hidden" name="place" value="{place}"><input type="file" name="logo">
<div><h6>CALPADS API Username</h6><input name="u" value="{self.user(place)}"></div><div><h6>CALPADS API Password</h6><input name="k" type="password" value="{self.key(place)}"></div>
<textarea name="note">
{self.value("note")}</textarea><input type="radio" name="level" value="1"><input type="radio" name="level" value="2" checked><button>Save</button></form>"""
            for place in self.shown()
        )


class Entities(PretendPortal):
    """The key shown in clear and full of character references, in a textarea; addresses start from a base."""

    style = "key in clear, in a textarea, base href"
    home = "/portal/en/caaspp"
    key_shown = "clear"

    def log_in_page(self, notice: str) -> str:
        return f'<base href="/">{notice}<form method="post" action="login">User name: <input name="username"><br>Password: <input name="password" type="password"><br><button>Log in</button></form>'

    def page(self, asked: Asked) -> Reply | str:
        if asked.path == "/portal/en/caaspp":
            return '<base href="/portal/deep/"><meta http-equiv="refresh" content="0; url=\'list?go=1\'"><p>One moment.'
        if asked.method == "POST":
            self.keep(asked.form, "contact")
            return self.save(asked.form["place"], asked.form["u"].strip(), asked.form["k"].strip("\r\n")) or see(
                "/portal/deep/list"
            )
        return '<base href="/portal/deep/">' + "".join(
            f"""<h2>{place}</h2><form method="post" action="{self.save_to("/portal/deep/") if self.fault else ""}save"><input type="hidden" name="place" value="{place}"><label>CALPADS API Username <input name="u" value="{self.user(place)}"></label>
<label>CALPADS API Password <textarea name="k">{"".join(f"&#{ord(sign)};" for sign in self.pairs[place][1])}</textarea></label><label>Contact <input name="contact" value="{self.value("contact")}"></label><button>Save</button></form>"""
            for place in self.shown()
        )


class RefreshAfterLogIn(PretendPortal):
    """A page that goes on by itself after the log-in, a second one after the save, and a search form on both."""

    style = "refresh after the log-in"
    home = "/welcome"

    def log_in_page(self, notice: str) -> str:
        return f"""<form action="/search"><input name="q" placeholder="Search"><button>Submit</button></form>{notice}
<form method="post" action="/login"><table><tr><th>Username</th><th>Password</th></tr><tr><td><input name="username"></td><td><input name="password" type="password"></td></tr></table><button>Login</button></form>"""

    def after_log_in(self) -> Reply:
        return Reply(
            '<meta http-equiv="Refresh" content="1;URL=/welcome"><form action="/search"><input name="q"></form><p>Welcome. <a href="/welcome">Continue</a>',
            200,
            {"Set-Cookie": "session=open; Path=/"},
        )

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            self.keep(asked.form, "contact")
            return (
                self.save(asked.form["place"], asked.form["u"], asked.form["k"])
                or '<meta http-equiv="refresh" content="2;url=/caaspp"><p>Changes were stored.'
            )
        if asked.path == "/welcome":
            return '<meta http-equiv="refresh" content="1800;url=/logout"><form action="/caaspp" method="get"><button name="tab" value="c">CAASPP Credentials</button></form><a href="/logout">Log out</a>'
        return '<meta http-equiv="refresh" content="900;url=/logout">' + "".join(
            f"""<h2>{place}</h2><form method="post" action="{self.save_to("/save")}"><input type="hidden" name="place" value="{place}"><label>CALPADS API Username <input name="u" value="{self.user(place)}"></label>
<label>CALPADS API Password <input name="k" type="password"></label><label>Contact <input name="contact" value="{self.value("contact")}"></label><button>Save</button></form>"""
            for place in self.shown()
        )


class Decoys(PretendPortal):
    """Traps: a second log-in form by GET, another system's log-in, a form to change the password, honeypots."""

    style = "decoys and honeypots"
    home = "/caaspp"

    def log_in_page(self, notice: str) -> str:
        return f"""<form action="/old-login" method="get"><label>Username <input name="username"></label><label>Password <input name="password" type="password"></label><button>Log in</button></form>
<form action="/register" method="post"><label>Username <input name="username"></label><label>Password <input name="password" type="password"></label><label>Password again <input name="again" type="password"></label><button>Submit</button></form>{notice}
<form method="post" action="/login"><div style="display:none"><label>Username <input name="url"></label></div><label>Username <input name="username"></label>
<input name="email2" tabindex="-1" autocomplete="off" hidden><label>Password <input name="password" type="password"></label><button>Log in</button></form>"""

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            if asked.path != "/save" or asked.form["url"] or asked.form["email2"] or asked.form["fax"]:
                self.strange.append(asked.path)
            self.keep(asked.form, "mail_user", "mail_pass", "contact")
            return self.save(asked.form["place"], asked.form["u"], asked.form["k"]) or see("/caaspp")
        parts = "".join(
            f"""<h2>{place}</h2><form method="post" action="{self.save_to("/save")}"><input type="hidden" name="place" value="{place}"><p style="position: absolute; left: -5000px"><label>CALPADS API Username <input name="url"></label></p>
<label>CALPADS API Username <input name="u" value="{self.user(place)}"></label><input name="email2" hidden aria-label="CALPADS API Password"><label>CALPADS API Password <input name="k" type="password"></label><input name="fax" tabindex="-1" autocomplete="off">
<label>User name <input name="mail_user" value="{self.value("mail_user")}"></label><label>Password <input name="mail_pass" type="password" value="{self.value("mail_pass")}"></label><input type="hidden" name="contact" value="{self.value("contact")}"><button>Save</button></form>"""
            for place in self.shown()
        )
        return f"""<form action="/mail" method="post"><label>User name <input name="mail_user" value="{self.value("mail_user")}"></label><label>Password <input name="mail_pass" type="password"></label><button>Submit</button></form>
<form action="/me" method="post"><label>Old password <input name="o" type="password"></label><label>New password <input name="n" type="password"></label><button>Save</button></form>{parts}"""


class FormAttributes(PretendPortal):
    """Fields that belong to forms elsewhere on the page by form=, and the same names for every school."""

    style = "duplicate names and form="
    home = "/caaspp"
    cut = None

    def log_in_page(self, notice: str) -> str:
        return f'{notice}<form id="f" method="post" action="/login"></form><label>Username <input form="f" name="username"></label><label>Password <input form="f" name="password" type="password"></label><button form="f">Log in</button>'

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            values = [value for name, value in asked.entries if name == "v"]
            if len(values) != 4 or values[0] != "first":
                self.strange.append(asked.path)
            self.other_values["contact"] = values[3]
            return self.save(asked.form["place"], values[1], values[2]) or see("/caaspp")
        rows = "".join(
            f"""<tr><th>{place}</th><td><input name="v" form="f{SLUGS[place]}" aria-label="CALPADS API Username" value="{self.user(place)}"></td><td><input name="v" type="password" form="f{SLUGS[place]}" aria-label="CALPADS API Password"></td>
<td><input name="v" form="f{SLUGS[place]}" aria-label="Contact" value="{self.value("contact")}"><button form="f{SLUGS[place]}" name="place" value="{place}">Save</button></td></tr>"""
            for place in self.shown()
        )
        forms = "".join(
            f'<form id="f{SLUGS[place]}" method="post" action="{self.save_to("/save")}"><input type="hidden" name="v" value="first"></form>'
            for place in (DISTRICT, NORTH, SOUTH)
        )
        return f"{forms}<table>{rows}</table>"


class Cut(Django):
    """A server that keeps sixteen characters of a key and shows them."""

    style = "server cuts the key at 16"
    cut = 16
