"""The pages of the documentation, and what becomes of the links between them."""

from __future__ import annotations

from pathlib import Path

from ssrcred.app.documentation import Page, with_commands_for_links


def test_a_link_to_another_page_becomes_what_to_type_and_any_other_its_words(tmp_path: Path) -> None:
    (tmp_path / "real/how-to").mkdir(parents=True)
    (tmp_path / "linked").symlink_to("real")  # a home folder, say, that has been moved to another disk
    here, other = (tmp_path / "linked/how-to" / name for name in ("rotate.md", "network.md"))
    here.write_text(
        "# Rotate\n[net](network.md#proxy), [top](#rotate), [up](../LICENSE), ![drawn](a.svg), [web](https://x.example/)"
        ", [again](../how-to/network.md)\n",
        "utf-8",
    )
    other.write_text("# Network\n", "utf-8")
    known = [Page("how-to/rotate", "how-to", here), Page("network", "how-to", other)]
    assert with_commands_for_links(known[0], known) == (
        "# Rotate\nnet (`ssrcred help network`), top, up, drawn, [web](https://x.example/)"
        ", again (`ssrcred help network`)\n"
    )
    assert known[0].title == "Rotate"
