"""What parents and students see in the practice SchoolWise: View CAASPP/ELPAC, answered by the practice SSR service.

From domain.md: the button, that SchoolWise asks the state with the pair of the student's school (its own, else
the district's), that either links to the SSRs come or an error says the credentials are wrong, and that nothing
is kept. Made up: the wording of every message, and that the links lead straight to the service.
"""

from __future__ import annotations

from base64 import b64encode

import aiohttp
from aiohttp import web

from ssrcred.practice import people
from ssrcred.practice.district import Pair
from ssrcred.practice.options import DISTRICT_PLACE, Options
from ssrcred.practice.schoolwise import Door
from ssrcred.practice.session import first

WRONG = "The score reports can't be shown: the CAASPP credentials are wrong. Please tell your school district."
MISSING = "The score reports can't be shown: no CAASPP credentials were entered. Please tell your school district."
NO_ACCESS = "The state gives this school district no access to this student's score reports."
UNAVAILABLE = "The state's score report service is unavailable at the moment. Please try again later."
NONE = "There are no score reports for this student."
ASKING = aiohttp.ClientTimeout(total=10)
Answer = dict[str, object]
"""What came back for one student: `reports`, or a sentence as `problem`."""


class Family:
    """The student and parent portals."""

    def __init__(self, door: Door, options: Options, service_url: str) -> None:
        self._door = door
        self._options = options
        self._service_url = f"{service_url}/"

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the portals."""
        return [web.get("/family", self._students), web.post("/family/reports", self._reports)]

    async def _students(self, request: web.Request) -> web.Response:
        stay = self._door.stay(request, "parent", "student")
        mine = [one for one in people.STUDENTS if stay.user and stay.user.username in one.family]
        students = [(one, self._options.shown(one.school)) for one in mine]
        return self._door.show(stay, "schoolwise/family.html", students=students)

    async def _reports(self, request: web.Request) -> web.Response:
        stay = self._door.stay(request, "parent", "student")
        student = people.student(first(await self._door.form(request, stay), "student"))
        if student is None or stay.user is None or stay.user.username not in student.family:
            raise web.HTTPForbidden(reason="This student is not yours.")
        if not self._options.shown(student.school):
            raise web.HTTPForbidden(reason="Score reports are not shown at this school.")
        pair = self._options.stored(student.school) or self._options.stored(DISTRICT_PLACE)
        answer: Answer = {"problem": MISSING} if pair is None else await self._ask(pair, student.ssid)
        message = self._options.family_message
        return self._door.show(
            stay, "schoolwise/reports.html", student=student, answer=answer, message=message, nothing=NONE
        )

    async def _ask(self, pair: Pair, ssid: str) -> Answer:
        try:
            async with aiohttp.ClientSession(self._service_url, timeout=ASKING) as client:
                coded = b64encode(f"{pair.username}:{pair.secret}".encode()).decode()
                async with client.post("token", headers={"Authorization": f"Basic {coded}"}) as got:
                    if got.status == 401:
                        return {"problem": WRONG}
                    got.raise_for_status()
                    token = (await got.json())["token"]
                async with client.get(f"scorereports/{ssid}", headers={"Authorization": f"Bearer {token}"}) as got:
                    if got.status == 403:
                        return {"problem": NO_ACCESS}
                    got.raise_for_status()
                    return {"problem": "", "reports": (await got.json())["scoreReports"]}
        except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
            return {"problem": UNAVAILABLE}
