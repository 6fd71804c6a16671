"""Portals in the style of today's frameworks: Rails, Django, Laravel, Spring, Web Forms, jQuery UI."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

from html import escape

from adapters.portal.contract.pretend_portal import (
    DISTRICT,
    NORTH,
    SOUTH,
    Asked,
    PretendPortal,
    Reply,
    see,
)

SLUGS = {DISTRICT: "0", NORTH: "17", SOUTH: "23"}
TABS = """<script>for (const tab of document.querySelectorAll("[data-bs-target], .ui-tabs li a")) tab.addEventListener("click", (event) => {
  const aim = (tab.dataset.bsTarget || tab.hash).slice(1), own = document.getElementById(aim);
  for (const part of own.parentNode.children) if (part.id && part.tagName === "DIV") part.style.display = part === own ? "" : "none";
  event.preventDefault(); });</script>"""
# What Bootstrap and jQuery UI do when a tab is clicked: without it no person would get past the first tab.

BY_SLUG = {slug: place for place, slug in SLUGS.items()}


class Rails(PretendPortal):
    """Rails: authenticity_token, _method, names in brackets, utf8, a hidden 0 before each checkbox."""

    style = "Rails"
    log_in_path = "/session"
    log_in_names = ("user_session[email]", "user_session[password]")
    home = "/admin"

    def log_in_page(self, notice: str) -> str:
        return f"""<!DOCTYPE html><html><head><meta name="csrf-token" content="made-up-token"></head><body>{notice}
<form class="new_user_session" action="/session" accept-charset="UTF-8" method="post"><input name="utf8" type="hidden" value="&#x2713;" autocomplete="off" />
<input type="hidden" name="authenticity_token" value="t-login" autocomplete="off" />
<div class="field"><label for="user_session_email">E-mail address</label><input type="email" name="user_session[email]" id="user_session_email" /></div>
<div class="field"><label for="user_session_password">Password</label><input type="password" name="user_session[password]" id="user_session_password" /></div>
<div class="actions"><input type="submit" name="commit" value="Sign in" data-disable-with="Sign in" /></div></form></body></html>"""

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            form = asked.form
            if (
                form.get("_method") != "patch"
                or form.get("authenticity_token") != "t-save"
                or form.get("utf8") != "\u2713"
            ):
                self.strange.append(asked.path)
                return Reply("<h1>The change you wanted was rejected</h1>", 422)
            place = BY_SLUG[asked.path.rsplit("/", 1)[1]]
            self.keep(
                {"note": form["credential[note]"], "flag": "yes" if form["credential[flag]"] == "1" else "no"},
                "note",
                "flag",
            )
            done = self.save(place, form["credential[username]"], form["credential[secret]"])
            return done or see("/admin/caaspp")
        if asked.path == "/admin":
            return '<nav><a href="/admin/district">District Settings</a> <a data-method="delete" href="/session">Log out</a></nav>'
        if asked.path == "/admin/district":
            return '<ul class="tabs"><li><a href="/admin/caaspp">CAASPP Credentials</a></li><li><a href="/admin/mail">Mail</a></li></ul>'
        return "".join(self.form(place) for place in self.shown())

    def form(self, place: str) -> str:
        slug, checked = SLUGS[place], " checked" if self.other_values["flag"] == "yes" else ""
        return f"""<h2>{place}</h2><form class="edit_credential" id="edit_credential_{slug}" action="{self.save_to(f"/credentials/{slug}")}" accept-charset="UTF-8" method="post">
<input name="utf8" type="hidden" value="&#x2713;" /><input type="hidden" name="_method" value="patch" />
<input type="hidden" name="authenticity_token" value="t-save" />
<div><label for="u_{slug}">CALPADS API Username</label> <input type="text" value="{self.user(place)}" name="credential[username]" id="u_{slug}" /></div>
<div><label for="s_{slug}">CALPADS API Password</label> <input type="password" name="credential[secret]" id="s_{slug}" /></div>
<textarea name="credential[note]">
{self.value("note")}</textarea>
<input name="credential[flag]" type="hidden" value="0" /><input type="checkbox" value="1"{checked} name="credential[flag]" />
<input type="submit" name="commit" value="Update" /></form>"""


class Django(PretendPortal):
    """Django: csrfmiddlewaretoken, a model form laid out as paragraphs, prefixes of a form set in one form for all."""

    style = "Django, a form set for all"
    log_in_path = "/accounts/login/"
    home = "/caaspp/"
    key_shown = "clear"

    def log_in_page(self, notice: str) -> str:
        return f"""{notice}<form method="post" action="/accounts/login/"><input type="hidden" name="csrfmiddlewaretoken" value="t1">
<p><label for="id_username">Username:</label> <input type="text" name="username" autofocus maxlength="254" required id="id_username"></p>
<p><label for="id_password">Password:</label> <input type="password" name="password" required id="id_password"></p>
<input type="hidden" name="next" value=""><button type="submit">Log in</button></form>"""

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            return self.took(asked.form)
        rows = "".join(self.row(at, place) for at, place in enumerate(self.shown()))
        return f"""<h1>CAASPP</h1><form method="post" action="{self.save_to("/caaspp/")}"><input type="hidden" name="csrfmiddlewaretoken" value="t2">
<input type="hidden" name="form-TOTAL_FORMS" value="{len(self.shown())}"><input type="hidden" name="form-INITIAL_FORMS" value="3">
{rows}<p><label for="id_note">Note:</label> <textarea name="note" id="id_note">
{self.value("note")}</textarea></p><p><label for="id_level">Level:</label><select name="level" id="id_level"><option value="1">1</option><option value="2" selected>2</option></select></p>
<button type="submit" name="_save">Save</button></form>"""

    def row(self, at: int, place: str) -> str:
        return f"""<fieldset><legend>{place}</legend><input type="hidden" name="form-{at}-id" value="{SLUGS[place]}">
<p><label for="id_form-{at}-u">CALPADS API Username:</label> <input type="text" name="form-{at}-u" value="{self.user(place)}" maxlength="80" id="id_form-{at}-u"></p>
<p><label for="id_form-{at}-k">CALPADS API Password:</label> <input type="text" name="form-{at}-k" value="{self.key(place)}" maxlength="80" id="id_form-{at}-k"></p></fieldset>"""

    def took(self, form: dict[str, str]) -> Reply:
        self.keep(form, "note", "level")
        done: Reply | None = None
        changed = [
            at
            for at in range(3)
            if self.pairs[BY_SLUG[form[f"form-{at}-id"]]] != (form[f"form-{at}-u"], form[f"form-{at}-k"])
        ]
        for at in changed or [0]:
            done = self.save(BY_SLUG[form[f"form-{at}-id"]], form[f"form-{at}-u"], form[f"form-{at}-k"])
        return done or see("/caaspp/")


class Laravel(PretendPortal):
    """Laravel with Bootstrap: _token, labels without for in a column of their own, floating labels, tabs of one page."""

    style = "Laravel with Bootstrap"
    log_in_names = ("email", "password")
    home = "/dashboard"

    def log_in_page(self, notice: str) -> str:
        return f"""<div class="card"><div class="card-header">Login</div>{notice}<form method="POST" action="/login"><input type="hidden" name="_token" value="a1">
<div class="form-group row"><label for="email" class="col-md-4">E-Mail Address</label><div class="col-md-6"><input id="email" type="email" name="email" required></div></div>
<div class="form-group row"><label for="password" class="col-md-4">Password</label><div class="col-md-6"><input id="password" type="password" name="password" required></div></div>
<div class="form-check"><input type="checkbox" name="remember" id="remember"><label for="remember">Remember Me</label></div>
<button type="submit" class="btn btn-primary">Login</button> <a class="btn btn-link" href="/password/reset">Forgot Your Password?</a></form></div>"""

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            if (
                asked.path != "/settings/caaspp"
                or asked.form.get("_token") != "a2"
                or asked.form.get("_method") != "PUT"
            ):
                self.strange.append(asked.path)
                return Reply("<h1>419 Page Expired</h1>", 419)
            self.keep(asked.form, "contact")
            return self.save(asked.form["place"], asked.form["api_user"], asked.form["api_key"]) or see("/settings")
        if asked.path == "/dashboard":
            return '<aside><button type="button" onclick="window.location.href=\'/settings\'">Settings</button></aside>'
        cards = "".join(self.card(place) for place in self.shown())
        return f"""<ul class="nav nav-tabs" role="tablist"><li><button role="tab" data-bs-toggle="tab" data-bs-target="#mail">Mail</button></li>
<li><button role="tab" data-bs-toggle="tab" data-bs-target="#caaspp">CAASPP Credentials</button></li></ul>
<div id="mail" class="tab-pane show active"><form method="POST" action="/settings/mail"><input type="hidden" name="_token" value="a2">
<div class="form-floating"><input type="text" name="mail_user" placeholder="User Name" value="{self.value("mail_user")}"></div>
<div class="form-floating"><input type="password" name="mail_pass" placeholder="Password" value="{self.value("mail_pass")}"></div><button type="submit">Submit</button></form></div>
<div id="caaspp" class="tab-pane" style="display: none">{cards}</div>{TABS}"""

    def card(self, place: str) -> str:
        return f"""<div class="card"><h5 class="card-title">{place}</h5><form method="POST" action="{self.save_to("/settings/caaspp")}">
<input type="hidden" name="_token" value="a2"><input type="hidden" name="_method" value="PUT"><input type="hidden" name="place" value="{place}">
<div class="row"><div class="col-3"><span>CALPADS API Username</span></div><div class="col-9"><input name="api_user" value="{self.user(place)}"></div></div>
<div class="row"><div class="col-3"><span>CALPADS API Password</span></div><div class="col-9"><input type="password" name="api_key" autocomplete="new-password"></div></div>
<input type="email" name="contact" aria-label="Contact" value="{self.value("contact")}"><input type="text" name="website" tabindex="-1" autocomplete="off" style="position:absolute;left:-9999px" value="">
<button type="submit" class="btn">Save Changes</button></form></div>"""


class Spring(PretendPortal):
    """Spring MVC with JSP: tables without labels, the words in the cell before, ;jsessionid in addresses, _csrf."""

    style = "Spring MVC, tables without labels"
    log_in_path = "/j_spring_security_check"
    log_in_names = ("j_username", "j_password")
    home = "/main.do"
    key_shown = "stars"

    def log_in_page(self, notice: str) -> str:
        return f"""{notice}<form name="f" action="/j_spring_security_check" method="POST"><table><tr><td>User:</td><td><input type="text" name="j_username" value=""></td></tr>
<tr><td>Password:</td><td><input type="password" name="j_password"/></td></tr><tr><td colspan="2"><input name="submit" type="submit" value="Login"/></td></tr></table></form>"""

    def page(self, asked: Asked) -> Reply | str:
        path = asked.path.partition(";")[0]
        if asked.method == "POST":
            if asked.form.get("_csrf") != "c9" or asked.form.get("action") != "Save":
                self.strange.append(asked.path)
                return Reply("<h1>HTTP Status 403</h1>", 403)
            self.keep(asked.form, "contact")
            return self.save(asked.form["siteName"], asked.form["calpadsUser"], asked.form["calpadsPwd"]) or see(
                "/credentials.do;jsessionid=X1?saved=true"
            )
        if path == "/main.do":
            return '<table><tr><td><a href="/setup.do;jsessionid=X1"><img src="/img/setup.gif" alt="Setup"></a></td></tr></table>'
        if path == "/setup.do":
            return '<img src="/img/menu.gif" usemap="#m" width="90" height="90" alt=""><map name="m"><area shape="rect" coords="0,0,9,9" href="credentials.do;jsessionid=X1" alt="x" title="CAASPP Credentials"></map>'
        return "".join(self.table(place) for place in self.shown())

    def table(self, place: str) -> str:
        return f"""<form id="c{SLUGS[place]}" action="{self.save_to("/save.do;jsessionid=X1")}" method="post"><table border="0">
<caption>{place}</caption><tr><td class="lbl">CALPADS API Username&nbsp;*</td><td><input type="text" name="calpadsUser" value="{self.user(place)}" size="30"/></td>
<td>Contact</td><td><input name="contact" value="{self.value("contact")}"/></td></tr>
<tr><td class="lbl">CALPADS API Password&nbsp;*</td><td><input type="password" name="calpadsPwd" value="{self.key(place)}"/></td><td></td></tr></table>
<input type="hidden" name="_csrf" value="c9"/><input type="hidden" name="siteName" value="{place}"/>
<input type="submit" name="action" value="Delete"/><input type="submit" name="action" value="Save"/><input type="reset" value="Undo"/></form>"""


class WebForms(PretendPortal):
    """ASP.NET Web Forms: one form for all, __VIEWSTATE, tabs and a save button that are script links."""

    style = "ASP.NET Web Forms"
    log_in_path = "/Default.aspx"
    log_in_names = ("ctl00$Login1$UserName", "ctl00$Login1$Password")
    home = "/Admin.aspx"
    view = "mail"

    def log_in_page(self, notice: str) -> str:
        return f"""{notice}<form method="post" action="./Default.aspx" id="form1"><div class="aspNetHidden"><input type="hidden" name="__EVENTTARGET" id="__EVENTTARGET" value="" />
<input type="hidden" name="__EVENTARGUMENT" id="__EVENTARGUMENT" value="" /><input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="/wEPDwULLTE=" /></div>
<input name="ctl00$search" type="text" placeholder="Search" /><label for="Login1_UserName">User Name:</label><input name="ctl00$Login1$UserName" type="text" id="Login1_UserName" />
<label for="Login1_Password">Password:</label><input name="ctl00$Login1$Password" type="password" id="Login1_Password" />
<a id="Login1_Go" href="javascript:WebForm_DoPostBackWithOptions(new WebForm_PostBackOptions(&quot;ctl00$Login1$Go&quot;, &quot;&quot;, true, &quot;Login1&quot;, &quot;&quot;, false, true))">Help</a>
<input type="submit" name="ctl00$Login1$LoginButton" value="Log In" onclick="javascript:WebForm_DoPostBackWithOptions(new WebForm_PostBackOptions(&quot;ctl00$Login1$LoginButton&quot;, &quot;&quot;, true, &quot;Login1&quot;, &quot;&quot;, false, false))" id="Login1_LoginButton" /></form>"""

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "GET":
            return self.whole("mail")
        form = asked.form
        if not form.get("__VIEWSTATE", "").startswith("/wEPv"):
            self.strange.append(asked.path)
            return Reply("<h1>Validation of viewstate MAC failed</h1>", 500)
        view, target = form["__VIEWSTATE"].removeprefix("/wEPv"), form["__EVENTTARGET"]
        if target == "ctl00$tabs":
            return self.whole({"0": "mail", "2": "caaspp"}[form["__EVENTARGUMENT"]])
        if target.startswith("ctl00$save$") and view == "caaspp":
            slug = target.rsplit("$", 1)[1]
            self.keep({"contact": form["ctl00$contact"]}, "contact")
            return self.save(BY_SLUG[slug], form[f"ctl00$u{slug}"], form[f"ctl00$k{slug}"]) or self.whole("caaspp")
        self.strange.append(target)
        return self.whole(view)

    def whole(self, view: str) -> str:
        return f"""<form method="post" action="{self.save_to("/Admin.aspx")}" onsubmit="javascript:return WebForm_OnSubmit();" id="aspnetForm">
<input type="hidden" name="__EVENTTARGET" id="__EVENTTARGET" value="" /><input type="hidden" name="__EVENTARGUMENT" id="__EVENTARGUMENT" value="" />
<input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="/wEPv{view}" />
<script type="text/javascript">function __doPostBack(t, a) {{ var f = document.forms['aspnetForm']; f.__EVENTTARGET.value = t; f.__EVENTARGUMENT.value = a; f.submit(); }} function WebForm_OnSubmit() {{ return true; }}</script>
<table><tr><td><a href="javascript:__doPostBack('ctl00$tabs','0')">Mail</a></td><td><a href="javascript:__doPostBack('ctl00$tabs','2')">CAASPP Credentials</a></td></tr></table>
{self.mail() if view == "mail" else "".join(self.panel(place) for place in self.shown()) + self.contact()}</form>"""

    def mail(self) -> str:
        return f"""<span>User Name</span><input name="ctl00$mu" value="{self.value("mail_user")}" /><span>Password</span>
<input type="password" name="ctl00$mp" value="{self.value("mail_pass")}" /><input type="submit" name="ctl00$mail" value="Save Mail" />"""

    def contact(self) -> str:
        return f'<p>Contact <input name="ctl00$contact" type="text" value="{self.value("contact")}" /></p>'

    def panel(self, place: str) -> str:
        slug = SLUGS[place]
        return f"""<fieldset><legend>{place}</legend><table><tr><td>CALPADS API Username</td><td><input name="ctl00$u{slug}" type="text" value="{self.user(place)}" /></td></tr>
<tr><td>CALPADS API Password</td><td><input name="ctl00$k{slug}" type="password" /></td></tr></table>
<a class="button" href="javascript:__doPostBack(&#39;ctl00$save${slug}&#39;,&#39;&#39;)">Save</a></fieldset>"""


class JQueryTabs(PretendPortal):
    """jQuery UI tabs: every tab in one page, other tabs hidden, another system's user name and password in one of them."""

    style = "jQuery UI tabs"
    home = "/settings"

    def log_in_page(self, notice: str) -> str:
        return f"""{notice}<form action="/login" method="post"><input name="username" placeholder="Username"><input name="password" type="password" placeholder="Password">
<button><span class="ui-button-text">Log on</span></button></form>"""

    def page(self, asked: Asked) -> Reply | str:
        if asked.method == "POST":
            if asked.path != "/settings/save":
                self.strange.append(asked.path)
            self.keep(asked.form, "note", "mail_user", "mail_pass")
            return self.save(asked.form["place"], asked.form["u"], asked.form["k"]) or see("/settings#tabs-3")
        parts = "".join(self.part(place) for place in self.shown())
        return f"""<div id="tabs" class="ui-tabs"><ul><li><a href="#tabs-1">General</a></li><li><a href="#tabs-2">Old</a></li><li><a href="#tabs-3">CAASPP Credentials</a></li></ul>
<div id="tabs-1"><form method="post" action="/settings/password"><label>Old password <input type="password" name="o"></label><label>New password <input type="password" name="n"></label>
<label>Confirm <input type="password" name="c"></label><button>Save</button></form></div>
<div id="tabs-2" style="display:none"><form method="post" action="/settings/old"><label>CALPADS API Username <input name="u" value="LAST YEAR"></label>
<label>CALPADS API Password <input type="password" name="k"></label><button>Save</button></form></div>
<div id="tabs-3" style="display:none">{parts}</div></div>{TABS}"""

    def part(self, place: str) -> str:
        return f"""<section aria-labelledby="h{SLUGS[place]}"><h3 id="h{SLUGS[place]}">{escape(place)}</h3><form method="post" action="{self.save_to("/settings/save")}">
<input type="hidden" name="place" value="{place}"><span id="lu{SLUGS[place]}">CALPADS API Username</span><input name="u" aria-labelledby="lu{SLUGS[place]}" value="{self.user(place)}">
<span id="lk{SLUGS[place]}">CALPADS API Password</span><input name="k" type="password" aria-labelledby="lk{SLUGS[place]}">
<div><b>Mail server</b> <label>User name <input name="mail_user" value="{self.value("mail_user")}"></label> <label>Password <input name="mail_pass" type="password" value="{self.value("mail_pass")}"></label></div>
<textarea name="note" hidden>
{self.value("note")}</textarea><button>Save changes</button></form></section>"""
