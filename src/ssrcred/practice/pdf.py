"""A real, small, one-page PDF written byte by byte, for score reports that nobody was scored for."""

from __future__ import annotations

import re
from collections.abc import Sequence


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
