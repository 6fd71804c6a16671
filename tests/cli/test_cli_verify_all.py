"""Every LEA at once: worst first, the worst one's exit code, and no LEA hides another. All LEAs here are made up."""

from __future__ import annotations

import _thread
import tomllib
from collections.abc import Callable, Mapping

import pytest
import tomli_w

from cli.desk import LEA, Desk
from cli.test_cli_screens import compare
from cli.test_cli_verify import FOREIGN
from keyring_moods import HonestKeyring, LockedKeyring, under
from ssrcred.adapters.vault import Vault
from ssrcred.domain.credential import SecretKey

OTHERS = ("alder", "birch", "cedar", "dogwood")


class MoodyKeyring(HonestKeyring):
    """Does `deed` when somebody asks for an item of one LEA."""

    def __init__(self, before: HonestKeyring, lea: str, deed: Callable[[], object]) -> None:
        super().__init__()
        self.items = before.items
        self._lea = lea
        self._deed = deed

    def get_password(self, service: str, username: str) -> str | None:
        if service.startswith(f"ssrcred:{self._lea}:pair"):
            self._deed()
        return super().get_password(service, username)


def tables(desk: Desk) -> dict[str, dict[str, dict[str, object]]]:
    return tomllib.loads((desk.home / "config.toml").read_text("utf-8"))


def keep(desk: Desk, content: Mapping[str, Mapping[str, object]]) -> None:
    (desk.home / "config.toml").write_text(tomli_w.dumps(content), "utf-8")


@pytest.fixture
def county(ready: Desk) -> Desk:
    """A county's desk: five LEAs whose pair is the same practice pair, stored and not yet proved."""
    pair = ready.click()
    content = tables(ready)
    for number, name in enumerate(OTHERS, 1):
        section = {**content["lea"][LEA], "name": f"{name.title()} Made-Up Unified", "cds": f"{number:014d}"}
        content["lea"][name] = section
    keep(ready, content)
    for name in (LEA, *OTHERS):
        ready.confirm(name)
        vault = Vault(under(ready.ring), name)
        for secret, value in ready.named_secrets().items():
            vault.keep_secret(secret, SecretKey(value))
        ran = ready.run("store", "--lea", name, "--stdin", given=f"{pair.username}\n{pair.secret}\n")
        assert ran.code == 0, ran.err
    assert ready.run("upload", "--lea", LEA).code == 0
    return ready


def test_all_that_work_are_done_at_once_and_finish_their_rotations(county: Desk) -> None:
    ran = county.run("verify", "--all", "--json")
    assert ran.code == 0
    assert {entry["lea"]: entry["verdict"] for entry in ran.document["leas"]} == dict.fromkeys(
        (LEA, *OTHERS), "working"
    )
    assert ran.document["schema"] == "ssrcred.verify/1"


def test_only_the_leas_that_fit_are_checked_and_saved(county: Desk) -> None:
    assert county.run("verify", "--lea", LEA).code == 0
    content = tables(county)
    content["lea"]["alder"]["cds"] = "12"  # of one whose section is wrong nothing is known
    keep(county, content)
    rest = sorted({*OTHERS} - {"alder"})
    asked = county.run("verify", "--all", "--state", "fine", "--json")
    assert [entry["lea"] for entry in asked.document["leas"]] == [LEA]
    ran = county.run("upload", "--all", "--state", "unfinished", "--json")
    assert ran.code == 0 and sorted(entry["lea"] for entry in ran.document["leas"]) == rest
    ran = county.run("verify", "--all", "--due-within", "5")
    assert ran.code == 0 and "0 of 0 LEAs" in ran.out
    ran = county.run("verify", "--all", "--due-within", "5", "--publish", str(county.home / "published"))
    assert ran.code == 2 and "--publish" in ran.error["error"]
    assert county.run("upload", "--due-within", "5", "--lea", LEA).code == 2
    content["lea"]["birch"]["group"] = "North"
    del content["lea"]["alder"]
    keep(county, content)
    for command in ("verify", "upload"):
        ran = county.run(command, "--all", "--group", "North", "--json")
        assert ran.code == 0 and [entry["lea"] for entry in ran.document["leas"]] == ["birch"]


def test_no_lea_hides_another_and_the_worst_is_first(county: Desk) -> None:
    assert county.run("abandon", "--lea", "dogwood", "--no-input").code == 0
    assert county.run("store", "--lea", "dogwood", "--stdin", given=f"{FOREIGN.username}\n{FOREIGN.secret}\n").code == 0
    content = tables(county)
    content["lea"]["alder"]["cds"] = "12"
    content["lea"]["birch"]["toms"]["profile"] = "no-such-profile"  # type: ignore[index]
    keep(county, content)

    def deny() -> None:
        raise PermissionError("made up")

    county.ring = MoodyKeyring(county.ring, "cedar", deny)
    county.district.put("district", FOREIGN)
    ran = county.run("verify", "--all", "--json")
    entries = ran.document["leas"]
    assert ran.code == 7
    assert entries[0]["lea"] == "dogwood" and entries[0]["verdict"] in ("refused", "superseded")
    codes = {entry["lea"]: entry["error"]["exit"] for entry in entries if "error" in entry}
    assert codes == {"alder": 3, "birch": 3, "cedar": 5}
    assert len(entries) == 5


def test_a_person_sees_what_needs_somebody_and_how_many_work(county: Desk) -> None:
    content = tables(county)
    content["lea"]["alder"]["cds"] = "12"
    content["lea"]["birch"]["toms"]["api"] = "http://127.0.0.1:9/api/v1"  # type: ignore[index]
    del content["lea"]["birch"]["schoolwise"]
    keep(county, content)
    county.environ["COLUMNS"] = "80"
    ran = county.sit("verify", "--all")
    assert ran.code == 3
    assert "LEAs done" in ran.screen and "time left" in ran.screen
    compare("verify_all", ran.screen[ran.screen.index("An LEA") :])


def test_a_service_that_answers_nobody_is_not_asked_for_every_lea(county: Desk) -> None:
    content = tables(county)
    for section in content["lea"].values():
        section["toms"]["api"] = "http://127.0.0.1:9/api/v1"  # type: ignore[index]
    keep(county, {**content, "all": {"per_host": 1}})
    ran = county.run("verify", "--all", "--json")
    probes = [probe for entry in ran.document["leas"] for probe in entry["probes"] if probe["probe"] == "toms"]
    assert [probe["outcome"] for probe in probes] == ["unreachable"] * 5
    unasked = [probe for probe in probes if not probe["asked"]]
    assert len(unasked) == 3
    assert {probe["detail"] for probe in unasked} == {
        "127.0.0.1:9 was closed or did not answer for the 2 LEAs before this one, so it was not asked"
    }
    # The portals are hosts of their own, and each LEA's answers.
    portals = [probe for entry in ran.document["leas"] for probe in entry["probes"] if probe["probe"] == "portal"]
    assert portals and {probe["outcome"] for probe in portals} == {"accepted"}


def test_a_service_that_is_closed_is_left_alone_for_the_rest(county: Desk) -> None:
    keep(county, {**tables(county), "all": {"per_host": 1}})
    county.district.fault("service", "down")
    ran = county.run("verify", "--all", "--json")
    probes = [probe for entry in ran.document["leas"] for probe in entry["probes"] if probe["probe"] == "toms"]
    assert [probe["outcome"] for probe in probes] == ["unreachable"] * 5
    assert sum(not probe["asked"] for probe in probes) == 3


def test_whatever_is_told_to_type_names_its_lea(county: Desk) -> None:
    assert (
        "ssrcred resume --lea alder" in county.run("rotate", "--lea", "alder", "--stdin", given="x\ny\n").error["hint"]
    )
    assert "ssrcred resume --lea alder" in county.run("status", "--lea", "alder").out
    assert county.run("status", "--all").out.count("resume --lea") == 5
    pair = county.click()
    entries = {entry["lea"]: entry for entry in county.run("verify", "--all", "--json").document["leas"]}
    assert entries["alder"]["command"] == "ssrcred store --lea alder"
    assert "--lea alder" in county.run("verify", "--lea", "alder").error["hint"]
    ran = county.run("store", "--lea", "alder", "--stdin", given=f"{pair.username}\n{pair.secret}\n")
    assert "Next: ssrcred upload --lea alder, then: ssrcred verify --lea alder." in ran.err


def test_what_is_done_is_kept_when_somebody_stops_it(county: Desk) -> None:
    keep(county, {**tables(county), "all": {"per_host": 1}})
    stopped: list[str] = []

    def stop() -> None:
        if not stopped:
            stopped.append("Ctrl-C")
            _thread.interrupt_main()

    county.ring = MoodyKeyring(county.ring, LEA, stop)
    ran = county.run("verify", "--all", "--json")
    assert ran.code == 130 and ran.document["error"]["code"] == "interrupted"
    done = {entry["lea"] for entry in ran.document["leas"]}
    assert LEA in ran.document["not_done"]
    assert done | set(ran.document["not_done"]) == {LEA, *OTHERS}


def test_a_locked_keyring_is_one_problem_and_not_many(county: Desk) -> None:
    county.ring = LockedKeyring()
    ran = county.run("verify", "--all", "--json")
    assert ran.code == 5
    assert ran.document["error"]["code"] == "keyring_locked" and "leas" not in ran.document


def test_upload_brings_every_pair_to_its_places_and_names_the_lea_that_did_not(county: Desk) -> None:
    content = tables(county)
    del content["lea"]["cedar"]["schoolwise"]
    keep(county, content)
    ran = county.run("upload", "--all", "--json")
    entries = {entry["lea"]: entry for entry in ran.document["leas"]}
    assert ran.code == 3 and ran.document["finished"] is False
    assert entries["cedar"]["error"]["code"] == "config_invalid" and ran.document["leas"][0]["lea"] == "cedar"
    assert {event["lea"] for event in ran.document["events"]} == {LEA, *OTHERS} - {"cedar"}
    assert county.district.stored("district") == county.district.pair


def test_a_person_sees_which_upload_failed(county: Desk) -> None:
    content = tables(county)
    del content["lea"]["cedar"]["schoolwise"]
    keep(county, content)
    county.environ["COLUMNS"] = "80"
    ran = county.sit("upload", "--all")
    assert ran.code == 3
    compare("upload_all", ran.screen[ran.screen.index("Cedar") :])


def test_all_and_one_exclude_each_other(county: Desk) -> None:
    assert county.run("verify", "--all", "--lea", LEA).code == 2


def test_without_any_lea_there_is_nothing_to_verify(ready: Desk) -> None:
    keep(ready, {})
    ran = ready.run("verify", "--all")
    assert ran.code == 3 and "ssrcred setup" in ran.error["hint"]


def test_a_problem_outside_every_section_stops_all(county: Desk) -> None:
    content = tables(county)
    content["vaults"] = {}
    keep(county, content)
    ran = county.run("verify", "--all")
    assert ran.code == 3 and "vaults" in ran.error["error"]
