"""The practice SSR service: a token for the right credentials, report definitions for one SSID, links that expire.

From domain.md: base `/api/v1`, a token request at `/token` under it, a request names one SSID and is answered
by JSON with an array of report definitions, each with a type, a year, a language and a link to the PDF; links
stop after 30 minutes; expired, replaced and mistyped credentials are rejected alike; three years of history. **Made
up**, as nobody outside knows it: HTTP Basic for the token, GET or POST, `/scorereports/{ssid}`, every JSON
name, the token's life (an hour, and never beyond its credentials), every status (401 refused, 403 a student of another
LEA or a dead link, 404 nobody, 400 not an SSID) and body.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from aiohttp import BasicAuth, web

from ssrcred.practice import sample_data
from ssrcred.practice.district import District, Pair
from ssrcred.practice.website import Handler, Pages


def one_page(lines: Sequence[str]) -> bytes:
    """A PDF 1.4 file with these lines in Helvetica; its first line is the large one."""
    shown = [b"BT", b"/F1 20 Tf", b"72 700 Td", b"22 TL"]
    for number, line in enumerate(lines):
        if number == 1:
            shown.append(b"/F1 12 Tf")
        text = re.sub(rb"([\\()])", rb"\\\1", line.encode("cp1252", "replace"))
        shown += [b"(%s) Tj" % text, b"T*"]
    content = b"\n".join([*shown, b"ET"])
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    file = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    # The table at its end says at which byte each object begins (ISO 32000, 7.5.4).
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        file += b"%010d 00000 n \n" % offset
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, xref)
    return bytes(file)


BASE = "/api/v1"
LINK_LIFE = timedelta(minutes=30)
TOKEN_LIFE = timedelta(hours=1)
KINDS = (
    ("Smarter Balanced ELA and Mathematics", "English"),
    ("Smarter Balanced ELA and Mathematics", "Spanish"),
    ("ELPAC", "English"),
)
MEASURES = "Lexile/Quantile Measures Report"
TITLE = "PRACTICE Student Score Report"
MEASURES_TITLE = f"PRACTICE {MEASURES}"
_json = partial(web.json_response, headers={"Cache-Control": "no-store"})


@dataclass(frozen=True)
class Report:
    """One score report of one student."""

    student: sample_data.Student
    kind: str
    year: str
    language: str

    @property
    def title(self) -> str:
        """The line that it begins with."""
        return MEASURES_TITLE if self.kind == MEASURES else TITLE

    @property
    def key(self) -> str:
        """A name for the address that tells nothing about the student."""
        text = "|".join((self.student.ssid, self.kind, self.year, self.language))
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def lines(self) -> tuple[str, ...]:
        """What is printed on it."""
        return (
            self.title,
            f"{self.kind}, {self.year}, {self.language}",
            f"Student: {self.student.name}   SSID: {self.student.ssid}",
            f"{sample_data.DISTRICT} ({self.student.school})",
            "Nothing here is real: no such student took any test.",
        )


class Service:
    """The state's service that a SIS calls with the credentials; with `measures` it has both kinds of reports."""

    def __init__(self, district: District, pages: Pages, *, measures: bool) -> None:
        self._district = district
        self._pages = pages
        self._sign = secrets.token_bytes(32)
        self._tokens: dict[str, tuple[Pair, datetime]] = {}
        self._of = {one.ssid: _reports(one, measures=measures) for one in sample_data.STUDENTS}
        self._reports = {report.key: report for reports in self._of.values() for report in reports}

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the service."""
        return [
            web.get(BASE + "/token", self._token),
            web.post(BASE + "/token", self._token),
            web.get(BASE + "/scorereports/{ssid}", self._score_reports),
            web.get(BASE + "/reports/{key}.{form:pdf|html}", self._report),
        ]

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer errors of the framework in JSON, like everything else here."""
        try:
            return await handler(request)
        except web.HTTPException as error:
            return _json({"error": "not_found"}, status=error.status)

    async def _token(self, request: web.Request) -> web.Response:
        pair = None
        with suppress(ValueError):  # another scheme than Basic, or none
            given = BasicAuth.decode(request.headers.get("Authorization", ""), "utf-8")
            pair = Pair(given.login, given.password)
        # Expired, replaced and mistyped credentials are rejected alike (domain.md).
        if pair is None or not self._district.accepts(pair.username, pair.secret):
            return _json({"error": "access_denied", "message": "Access is denied."}, status=401)
        token = secrets.token_urlsafe(32)
        self._tokens[token] = (pair, self._district.now() + TOKEN_LIFE)
        return _json({"token": token, "tokenType": "Bearer", "expiresIn": int(TOKEN_LIFE.total_seconds())})

    async def _score_reports(self, request: web.Request) -> web.Response:
        if not self._bearer(request.headers.get("Authorization", "")):
            return _json({"error": "access_denied", "message": "Access is denied."}, status=401)
        ssid = request.match_info["ssid"]
        if not (len(ssid) == 10 and ssid.isascii() and ssid.isdigit()):
            return _json({"error": "bad_request", "message": "An SSID has 10 digits."}, status=400)
        student = sample_data.student(ssid)
        if student is None:
            return _json({"error": "not_found", "message": "No such student."}, status=404)
        if not student.ours:
            return _json({"error": "no_access", "message": "No access to this student."}, status=403)
        definitions = [self._definition(request, report) for report in self._of[ssid]]
        return _json({"lea": sample_data.CDS, "notice": "PRACTICE", "scoreReports": definitions})

    def _definition(self, request: web.Request, report: Report) -> dict[str, str]:
        until = str(int((self._district.now() + LINK_LIFE).timestamp()))
        base = f"{request.scheme}://{request.host}{BASE}/reports/{report.key}"
        query = "?expires={}&signature={}"
        return {
            "reportType": report.kind,
            "year": report.year,
            "language": report.language,
            "link": base + ".pdf" + query.format(until, self._signature(report.key, "pdf", until)),
            "htmlLink": base + ".html" + query.format(until, self._signature(report.key, "html", until)),
        }

    def _signature(self, key: str, form: str, until: str) -> str:
        return hmac.new(self._sign, f"{key}.{form}.{until}".encode(), "sha256").hexdigest()

    def _bearer(self, header: str) -> bool:
        # A token ends with its credentials: regenerating them ends it at once.
        pair, until = self._tokens.get(header.removeprefix("Bearer "), (None, None))
        if pair is None or until is None or not header.startswith("Bearer "):
            return False
        return self._district.now() <= until and self._district.accepts(pair.username, pair.secret)

    async def _report(self, request: web.Request) -> web.Response:
        key, form = request.match_info["key"], request.match_info["form"]
        until, signature = request.query.get("expires", ""), request.query.get("signature", "")
        # Signed, so that a link that is guessed or lengthened is refused like one that was never given.
        if not hmac.compare_digest(signature.encode(), self._signature(key, form, until).encode()):
            return _json({"error": "no_access", "message": "This link is not valid."}, status=403)
        if self._district.now().timestamp() > int(until):
            return _json({"error": "link_expired", "message": "This link has expired."}, status=403)
        report = self._reports[key]
        if form == "html":
            return self._pages.show("report.html", title=report.title, lines=report.lines()[1:])
        headers = {"Cache-Control": "no-store", "Content-Disposition": 'inline; filename="practice-report.pdf"'}
        return web.Response(body=one_page(report.lines()), content_type="application/pdf", headers=headers)


def _reports(student: sample_data.Student, *, measures: bool) -> list[Report]:
    kinds = (*KINDS, (MEASURES, "English")) if measures else KINDS
    years = [f"{year}-{(year + 1) % 100:02}" for year in range(2024, 2024 - student.reports, -1)]
    return [Report(student, kind, year, language) for year in years for kind, language in kinds]
