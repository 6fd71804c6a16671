"""A picture of a page shows nothing that was typed into it, nor a copy of that; what is chosen can be read."""

from __future__ import annotations

from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from adapters.portal.browser.confirmed import BRISK
from adapters.portal.pages.page_server import OFFICE, PASSWORD, Request, SettingsPage, serving
from ssrcred.adapters.portal.browser.browser_visit import PortalBrowser
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.portal.visit.navigator import Account
from ssrcred.domain.credential import SecretKey

pytestmark = [pytest.mark.real("chromium"), pytest.mark.filterwarnings("ignore::ResourceWarning")]

CANARY: Final = "CANARY-made-up-7731"
PAINTED: Final = ("user", "key", "shown", "remarks", "mail", "batch", "free", "framed", "shadowed", "copy")
READABLE: Final = ("extract", "notify", "heading")
COLORS: Final = """async ([picture, boxes]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width; canvas.height = image.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return boxes.map(([x, y, width, height]) => {
    const data = context.getImageData(Math.ceil(x), Math.ceil(y), Math.floor(width) - 1, Math.floor(height) - 1).data;
    const colors = new Set();
    for (let at = 0; at < data.length; at += 4) colors.add(data.slice(at, at + 3).join());
    return [...colors].slice(0, 20);
  });
}"""


class EveryKind(SettingsPage):
    """Fields of every kind, each with the same canary in it; one in a frame and one in a shadow root."""

    name = "Fields of every kind."

    def settings_page(self, request: Request) -> str:
        text = f'value="{CANARY}"'
        return self.document(
            "Options",
            f"""<h1 id=heading>Options</h1><form method="post" action="{self.action}">
<p><label>CALPADS API Username <input id=user name=user {text}></label></p>
<p><label>CALPADS API Password <input id=key type=password name=key {text}></label></p>
<p><label>Old password <input id=shown name=shown style="color: red" {text}></label></p>
<p><label>Remarks <textarea id=remarks name=remarks rows=4>{CANARY}\n{CANARY}</textarea></label></p>
<p><label>Mail <input id=mail type=email name=mail value="{CANARY}@madeup.example"></label></p>
<p><label>Batch <input id=batch type=number name=batch value=7731></label></p>
<div id=free contenteditable>{CANARY}</div>
<p><label>Extract <select id=extract name=extract><option>CALPADS and CERS</select></label></p>
<p><label><input id=notify type=checkbox name=notify checked> Notify</label></p>
<p>Signed in for <b id=copy>{CANARY}</b> today.</p>
<iframe id=frame srcdoc='<input id=framed {text}>'></iframe><div id=host></div>
<button>{self.save.label}</button></form><script>
document.getElementById("host").attachShadow({{ mode: "open" }}).innerHTML = '<input id=shadowed {text}>';
</script>""",
        )


def test_what_was_typed_is_painted_over_and_what_was_chosen_is_not(chromium: Browser, tmp_path: Path) -> None:
    page = EveryKind()
    with serving(page) as base:
        portal = PortalBrowser(base, load_map("schoolwise"), patience=BRISK, launch=lambda: chromium)
        with closing(portal.visit(Account(OFFICE, SecretKey(PASSWORD)))) as visit:
            visit.follow_way(page.way)
            picture = visit.tab.picture()
        with closing(chromium.new_context()) as context:
            live = context.new_page()
            live.goto(base)
            for label, text in (("User Name", OFFICE), ("Password", PASSWORD)):
                live.get_by_label(label).fill(text)
            live.get_by_role("button").click()
            for words in page.way:
                live.get_by_role("link", name=words).click()
            frame = live.frame_locator("#frame")
            boxes = []
            for id in (*PAINTED, *READABLE):
                found = (frame if id == "framed" else live).locator(f"#{id}").bounding_box()
                assert found is not None, id
                boxes.append([found["x"], found["y"], found["width"], found["height"]])
            colors = live.evaluate(COLORS, [b64encode(picture).decode(), boxes])
    (tmp_path / "picture.png").write_bytes(picture)
    told = dict(zip((*PAINTED, *READABLE), colors, strict=True))
    for id in PAINTED:
        assert told[id] == ["127,127,127"], (id, told[id])
    for id in READABLE:
        assert len(told[id]) > 2, (id, told[id])
    assert page.writes == []
