"""Settings pages drawn from memory in the styles of well-known products and frameworks, each with other fields around.

A save sends the two fields, and every other one byte for byte as a browser would; or nothing, with the reason.
"""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

from typing import ClassVar

import pytest

from portal.contract.check import KEY, PAIR, stage
from portal.contract.driver import DRIVERS
from portal.contract.pretend_portal import DISTRICT, Asked, Reply, see
from portal.contract.test_unseen import why
from portal.contract.unseen_styles import Plain
from ssrcred.portal.map import PortalMap, load

HTTP = DRIVERS[0]
Entries = list[tuple[str, str]]


class Product(Plain):
    """One page, whose form takes the pair in `names` and has to bring the entries `rest` as they are, in their order."""

    markup: ClassVar[str] = ""
    names: ClassVar[tuple[str, str]] = ("u", "k")
    rest: ClassVar[Entries] = []
    saves_to: ClassVar[str] = "/save"

    def map(self) -> PortalMap:
        return load("generic")

    def settings(self, asked: Asked) -> str:
        return self.markup.replace("OLD", self.user(DISTRICT))

    def took(self, asked: Asked) -> Reply | str:
        rest = [entry for entry in asked.entries if entry[0] not in self.names]
        if asked.path != self.saves_to or rest != self.rest:
            self.strange.append(f"{asked.path} {rest}")
        return self.save(DISTRICT, *(asked.form[name] for name in self.names)) or see("/caaspp")


class PowerSchool(Product):
    """Rows of settings of several systems in one form, and a button that tests."""

    markup = """<div id="schoolContext"><a href="/x">School: <span>District Office</span></a> <a href="/y">Term: 26-27 Year</a></div>
<h1>Electronic Reporting Communication Setup</h1><form action="/admin/erc.html" method="POST" autocomplete="off"><div class="box-round"><h2 class="toggle expanded">CALPADS</h2>
<table class="linkDescList"><colgroup><col><col></colgroup><tr><td class="bold">CALPADS Host</td><td><input type="text" name="[prefs:host]" value="https://host.example/?a=1&amp;b=2"></td></tr></table>
<h2>CAASPP/ELPAC</h2><table class="linkDescList"><tr><td class="bold">TOMS Username</td><td><input type="text" name="[prefs:toms_user]" value="OLD" size="40"></td></tr>
<tr><td class="bold">TOMS Secret Key</td><td><input type="password" name="[prefs:toms_key]" value="" size="40"></td></tr></table>
<div class="button-row"><input type="hidden" name="ac" value="prim"><button type="button">Test Connection</button><button type="submit" id="btnSubmit">Submit</button></div></div></form>"""
    names = ("[prefs:toms_user]", "[prefs:toms_key]")
    rest: ClassVar[Entries] = [("[prefs:host]", "https://host.example/?a=1&b=2"), ("ac", "prim")]
    saves_to = "/admin/erc.html"


class Aeries(Product):
    """Web Forms: a grid with one row in edit mode, links beside it, and a list of years that sends the page back."""

    markup = """<form method="post" action="./Conn.aspx" id="aspnetForm"><input type="hidden" name="__EVENTTARGET" value="" /><input type="hidden" name="__EVENTARGUMENT" value="" /><input type="hidden" name="__VIEWSTATE" value="/wEP+/=" />
<span id="lblSch">Eagle Unified School District</span><select name="ctl00$ddlYear" onchange="javascript:setTimeout('__doPostBack(\\'ctl00$ddlYear\\',\\'\\')', 0)"><option selected value="2026">2026-2027</option><option value="2025">2025-2026</option></select>
<h1>3rd Party System Connections</h1><table id="grd"><tr><th>&nbsp;</th><th>School</th><th>TOMS Username</th><th>TOMS Secret Key</th></tr>
<tr><td><a href="javascript:__doPostBack('grd','Update$0')">Update</a> <a href="javascript:__doPostBack('grd','Cancel$0')">Cancel</a></td><td>District</td><td><input name="grd$ctl02$user" type="text" value="OLD"></td><td><input name="grd$ctl02$key" type="password"></td></tr>
<tr><td><a href="javascript:__doPostBack('grd','Edit$1')">Edit</a></td><td>Screaming Eagle High School</td><td>&nbsp;</td><td>&nbsp;</td></tr></table></form>"""
    names = ("grd$ctl02$user", "grd$ctl02$key")
    rest: ClassVar[Entries] = [
        ("__EVENTTARGET", "grd"),
        ("__EVENTARGUMENT", "Update$0"),
        ("__VIEWSTATE", "/wEP+/="),
        ("ctl00$ddlYear", "2026"),
    ]
    saves_to = "/Conn.aspx"


class Campus(Product):
    """A toolbar that saves, above words over fields in cells."""

    markup = """<form name="prefs" method="post" action="prism?x=settings.Prefs-save"><div class="toolbar"><input type="submit" class="btn save" value="Save" name="saveBtn"><input type="button" value="Help"></div>
<div class="editor"><div class="editorTitle">State Assessment Connection</div><table><tr><td><div class="label">*CALPADS API Username</div><input name="u" value="OLD" class="text"></td><td><div class="label">*CALPADS API Password</div><input type="password" name="k"></td></tr>
<tr><td><div class="label">Comments</div><textarea name="c">
 a
b </textarea></td><td><div class="label">Active</div><input type="checkbox" name="on" value="1" checked></td></tr></table></div></form>"""
    rest: ClassVar[Entries] = [("saveBtn", "Save"), ("c", " a\r\nb "), ("on", "1")]
    saves_to = "/prism"


class Synergy(Product):
    """Words in a row of their own, over the fields."""

    markup = """<form method="post" action="ST_Content.aspx"><div class="ST_GroupTitle">CAASPP</div><table><tr><td class="ST_Caption">CALPADS API Username</td><td class="ST_Caption">CALPADS API Password</td></tr><tr><td><input name="u" value="OLD"></td><td><input type="password" name="k"></td></tr></table><input type="submit" value="Save"></form>"""
    saves_to = "/ST_Content.aspx"


class Illuminate(Product):
    """A panel for each integration, and another's secret beside."""

    markup = """<h3>Integrations</h3><div class="panel"><div class="panel-heading"><h4 class="panel-title">CAASPP / ELPAC Score Reports (TOMS)</h4></div><div class="panel-body"><form class="form-horizontal" method="post" action="/live/?page=Integrations_Save"><input type="hidden" name="csrf" value="x">
<div class="form-group"><label class="control-label" for="f1">API URL</label><div><input id="f1" name="url" value="https://x/"></div></div><div class="form-group"><label for="f2">TOMS Username</label><div><input id="f2" name="u" value="OLD"></div></div><div class="form-group"><label for="f3">Secret Key</label><div><input id="f3" type="password" name="k"></div></div>
<button type="button" class="btn">Test Integration</button><button type="submit" class="btn btn-primary">Save</button></form></div></div>
<div class="panel"><div class="panel-heading"><h4>Clever</h4></div><form method="post" action="/clever"><label for="c1">Client ID</label><input id="c1" name="cid"><label for="c2">Client Secret</label><input type="password" id="c2" name="cs"><button>Save</button></form></div>"""
    rest: ClassVar[Entries] = [("csrf", "x"), ("url", "https://x/")]
    saves_to = "/live/"


class Schoology(Product):
    """Drupal: required marks and descriptions among the labels, tokens behind them."""

    markup = """<form action="/settings/app" accept-charset="UTF-8" method="post" id="s-form"><div class="form-item"><label for="edit-u">CALPADS API Username: <span class="form-required" title="This field is required.">*</span></label> <input type="text" maxlength="128" name="u" id="edit-u" value="OLD" class="form-text required"><div class="description">From the TOMS Credentials screen.</div></div><div class="form-item"><label for="edit-k">CALPADS API Password: <span class="form-required" title="This field is required.">*</span></label> <input type="password" name="k" id="edit-k" maxlength="128"><div class="description">Leave blank to keep the current one.</div></div><input type="hidden" name="form_build_id" value="form-1"><input type="hidden" name="form_id" value="s_form"><span><input type="submit" name="op" value="Save Changes" class="form-submit"></span></form>"""
    rest: ClassVar[Entries] = [("form_build_id", "form-1"), ("form_id", "s_form"), ("op", "Save Changes")]
    saves_to = "/settings/app"


class PrimeFaces(Product):
    """JSF: tabs, of which one is hidden and has the same words, a fieldset, and a nameless second submit."""

    markup = """<form id="frm" name="frm" method="post" action="/sis/settings.xhtml"><input type="hidden" name="frm" value="frm"><div class="ui-tabs"><ul class="ui-tabs-nav" role="tablist"><li role="tab"><a href="#frm:t1">CAASPP Credentials</a></li><li role="tab"><a href="#frm:t2">SIS Sync</a></li></ul>
<div id="frm:t1" role="tabpanel" aria-hidden="false"><fieldset class="ui-fieldset"><legend class="ui-fieldset-legend">CAASPP Credentials</legend><table role="grid"><tr><td role="gridcell"><label for="frm:u"><span>CALPADS API Username</span><span>*</span></label></td><td><input id="frm:u" name="frm:u" value="OLD"></td></tr><tr><td><label for="frm:k"><span>CALPADS API Password</span></label></td><td><input id="frm:k" name="frm:k" type="password"></td></tr></table></fieldset></div>
<div id="frm:t2" role="tabpanel" aria-hidden="true" style="display:none"><label for="frm:u2">CALPADS API Username</label><input id="frm:u2" name="frm:u2" value="SYNC"><label for="frm:k2">CALPADS API Password</label><input id="frm:k2" name="frm:k2" type="password" value="made up"></div></div>
<button id="frm:save" name="frm:save" type="submit"><span class="ui-icon"></span><span class="ui-button-text">Save</span></button><input type="hidden" name="javax.faces.ViewState" value="1:2"></form>"""
    names = ("frm:u", "frm:k")
    rest: ClassVar[Entries] = [
        ("frm", "frm"),
        ("frm:u2", "SYNC"),
        ("frm:k2", "made up"),
        ("frm:save", ""),
        ("javax.faces.ViewState", "1:2"),
    ]
    saves_to = "/sis/settings.xhtml"


class Struts(Product):
    """Labels in cells, a box with its hidden shadow, a session in the address, and Submit."""

    markup = """<form id="creds" action="/sis/saveCreds.action;jsessionid=1A" method="post"><table class="wwFormTable"><tr><td class="tdLabel"><label for="creds_u" class="label">CALPADS API Username<span class="required">*</span>:</label></td><td class="tdInput"><input type="text" name="creds.u" value="OLD" id="creds_u"/></td></tr>
<tr><td class="tdLabel"><label for="creds_k" class="label">CALPADS API Password:</label></td><td><input type="password" name="creds.k" id="creds_k"/></td></tr><tr><td></td><td><input type="checkbox" name="creds.active" value="true" checked="checked" id="a"/><input type="hidden" name="__checkbox_creds.active" value="true" /> <label for="a" class="checkboxLabel">Active</label></td></tr>
<tr><td colspan="2"><div class="formButton"><input type="submit" value="Submit" id="creds_0"/></div></td></tr></table><input type="hidden" name="token" value="T" /></form>"""
    names = ("creds.u", "creds.k")
    rest: ClassVar[Entries] = [("creds.active", "true"), ("__checkbox_creds.active", "true"), ("token", "T")]
    saves_to = "/sis/saveCreds.action;jsessionid=1A"


class Fusebox(Product):
    """ColdFusion: upper case, open cells, a title row, a check before it is sent."""

    markup = """<FORM NAME="CFForm_1" ACTION="index.cfm?fuseaction=opt.save" METHOD="POST" onsubmit="return _CF_checkCFForm_1(this)"><TABLE BORDER=0><TR><TD COLSPAN=2 BGCOLOR=#CCCCCC><B>CAASPP Credentials</B></TD></TR><TR><TD><FONT SIZE=2>CALPADS API Username:</FONT><TD><INPUT TYPE="Text" NAME="U" VALUE="OLD"><TR><TD><FONT SIZE=2>CALPADS API Password:</FONT><TD><INPUT TYPE="Password" NAME="K"></TABLE><INPUT TYPE="Submit" VALUE="Update"></FORM>"""
    names = ("U", "K")
    saves_to = "/index.cfm"


class ScaffoldedRails(Product):
    """Rails: a box with its hidden shadow, and a button with the name of what is edited."""

    markup = """<h1>Edit district</h1><form class="edit_district" action="/districts/1" accept-charset="UTF-8" method="post"><input name="utf8" type="hidden" value="&#x2713;" /><input type="hidden" name="_method" value="patch" /><div class="field"><label for="d_u">TOMS username</label><br><input type="text" value="OLD" name="district[u]" id="d_u" /></div><div class="field"><label for="d_k">TOMS secret key</label><br><input type="password" name="district[k]" id="d_k" /></div><div class="field"><input name="district[on]" type="hidden" value="0" /><input type="checkbox" value="1" checked="checked" name="district[on]" id="d_on" /><label for="d_on">Enabled</label></div><div class="actions"><input type="submit" name="commit" value="Update District" data-disable-with="Update District" /></div></form>"""
    names = ("district[u]", "district[k]")
    rest: ClassVar[Entries] = [
        ("utf8", "\u2713"),
        ("_method", "patch"),
        ("district[on]", "0"),
        ("district[on]", "1"),
        ("commit", "Update District"),
    ]
    saves_to = "/districts/1"


class BootstrapCard(Product):
    """Laravel: the title is the header of a card."""

    markup = """<div class="card"><div class="card-header">CAASPP Credentials</div><div class="card-body"><form method="POST" action="/settings/caaspp"><input type="hidden" name="_method" value="PUT"><div class="mb-3 row"><label for="u" class="col-md-4 col-form-label">CALPADS API Username</label><div class="col-md-6"><input id="u" type="text" class="form-control" name="u" value="OLD" required></div></div><div class="mb-3 row"><label for="k" class="col-md-4">CALPADS API Password</label><div class="col-md-6"><input id="k" type="password" name="k"><button type="button" class="btn" aria-label="Show CALPADS API Password">Show</button></div></div><button type="submit" class="btn btn-primary">Update</button></form></div></div>"""
    rest: ClassVar[Entries] = [("_method", "PUT")]
    saves_to = "/settings/caaspp"


class WordPress(Product):
    """A table of options, a list of grade spans among them."""

    markup = """<div class="wrap"><h1>District Options</h1><form method="post" action="options.php"><input type='hidden' name='option_page' value='caaspp' /><input type="hidden" name="_wp_http_referer" value="/wp-admin/options-general.php?page=caaspp" /><h2>CAASPP Credentials</h2><p>Enter the pair from TOMS.</p><table class="form-table" role="presentation"><tr><th scope="row">CALPADS API Username</th><td><input type="text" name="c[u]" value="OLD" class="regular-text"><p class="description">As shown in TOMS.</p></td></tr><tr><th scope="row">CALPADS API Password</th><td><input type="password" name="c[k]" value=""></td></tr><tr><th scope="row">Grade span</th><td><select name="c[span]"><option value="es">Elementary School</option><option value="hs" selected="selected">High School</option></select></td></tr></table><p class="submit"><input type="submit" name="submit" id="submit" class="button button-primary" value="Save Changes"  /></p></form></div>"""
    names = ("c[u]", "c[k]")
    rest: ClassVar[Entries] = [
        ("option_page", "caaspp"),
        ("_wp_http_referer", "/wp-admin/options-general.php?page=caaspp"),
        ("c[span]", "hs"),
        ("submit", "Save Changes"),
    ]
    saves_to = "/options.php"


class Salesforce(Product):
    """The same buttons above and below, one of them for a new record too."""

    markup = """<form id="editPage" action="/a01/e" method="post" onsubmit="if (window.ffInAlert) { return false; }"><input type="hidden" name="_CONFIRMATIONTOKEN" value="c"><h2 class="mainTitle">State Connection Edit</h2><input value=" Save " title="Save" name="save" type="submit"><input value="Save &amp; New" name="save_new" type="submit"><input value="Cancel" name="cancel" type="submit">
<h3>Information<span class="titleSeparatingColon">:</span></h3><table class="detailList"><tr><td class="labelCol"><label for="f0"><span class="assistiveText">*</span>CALPADS API Username</label></td><td><div class="requiredInput"><input id="f0" name="f0" maxlength="80" value="OLD"></div></td><td class="labelCol"><label for="f1">Owner</label></td><td>Office</td></tr><tr><td class="labelCol"><label for="f2">CALPADS API Password</label></td><td><input id="f2" type="password" name="f2"></td></tr></table><input value=" Save " title="Save" name="save" type="submit"><input value="Save &amp; New" name="save_new" type="submit"></form>"""
    names = ("f0", "f2")
    rest: ClassVar[Entries] = [("_CONFIRMATIONTOKEN", "c"), ("save", " Save ")]
    saves_to = "/a01/e"


DONE = [
    *(PowerSchool, Aeries, Campus, Synergy, Illuminate, Schoology, PrimeFaces, Struts, Fusebox, ScaffoldedRails),
    *(BootstrapCard, WordPress, Salesforce),
]


@pytest.mark.parametrize("style", DONE)
def test_changes_two_fields_and_leaves_the_rest_byte_for_byte(style: type[Product]) -> None:
    with stage(style, HTTP) as on:
        assert [item.place for item in on.portal.places()] == ["district"]
        saved = on.portal.write("district", PAIR)
        assert (saved.took, on.server.saves, on.server.pairs[DISTRICT]) == (on.seen, [DISTRICT], (PAIR.username, KEY))
        on.untouched(DISTRICT)


class Skyward(Product):
    """A link that only a script makes a button of."""

    markup = """<form name="frm" method="post" action="qsettings001.w"><table><tr><td align=right>CALPADS API Username:&nbsp;</td><td><input name="u" value="OLD"></td></tr><tr><td align=right>CALPADS API Password:&nbsp;</td><td><input type=password name="k"></td></tr></table><a class="sf_Button" href="javascript:void(0)" id="bSave">Save</a></form>"""


class AngularMaterial(Product):
    """Fields and a form that only a script sends."""

    markup = """<mat-card><mat-card-title>CAASPP Credentials</mat-card-title><form novalidate class="ng-pristine"><mat-form-field><label for="mat-input-0"><mat-label>CALPADS API Username</mat-label></label><input matinput id="mat-input-0"></mat-form-field><mat-form-field><label for="mat-input-1"><mat-label>CALPADS API Password</mat-label></label><input matinput type="password" id="mat-input-1"></mat-form-field><button mat-raised-button type="submit"><span>Save</span></button></form></mat-card>"""


class ReactPost(AngularMaterial):
    """The same, where the form says that it is posted."""

    markup = AngularMaterial.markup.replace("<form novalidate", '<form method="post" action="/save" novalidate')


class SavedInHalves(Product):
    """Each of the two fields has a form and a button of its own."""

    markup = """<h1>CAASPP Credentials</h1><form method=post action=/u><label>CALPADS API Username <input name=u value=OLD></label><button>Save</button></form><form method=post action=/k><label>CALPADS API Password <input type=password name=k></label><button>Save</button></form>"""


class Repeated(Product):
    """The key has to be typed twice."""

    markup = """<h1>CAASPP Credentials</h1><form method=post action=/save><label>CALPADS API Username <input name=u value=OLD></label><label>CALPADS API Password <input type=password name=k></label><label>Confirm CALPADS API Password <input type=password name=k2></label><button>Save</button></form>"""


class EnvironmentsBySide(Product):
    """Two cards of the same words: one for tests, one that says only that it is live."""

    markup = "".join(
        f"<div class=card><h5 class=card-title>{title}</h5><form method=post action=/save><input type=hidden name=e value={title}><label>CALPADS API Username <input name=u value=OLD></label><label>CALPADS API Password <input type=password name=k></label><button>Save</button></form></div>"
        for title in ("Sandbox", "Live")
    )


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        (Skyward, "has no button called Save Changes or Save"),
        (AngularMaterial, "would put the password into an address"),
        (ReactPost, "a field of the pair without a name"),
        (SavedInHalves, "do not belong together"),
        (Repeated, "one after the other"),
        (EnvironmentsBySide, "no place for the district's pair; the words beside the pairs are “Live”"),
    ],
)
def test_stops_with_the_reason_where_it_cannot_be_done(style: type[Product], reason: str) -> None:
    with stage(style, HTTP) as on:
        assert reason in why(on, "district")
