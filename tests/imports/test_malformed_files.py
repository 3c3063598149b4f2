"""Two hundred broken files: each is refused or reviewed, none ends in an error page, none reaches the books."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from accounts.models import Transaction
from imports.models import ImportBatch, ImportFile
from tests.imports.conftest import Desk, card_file, upload
from tests.imports.test_wizard import TWO_ACCOUNTS, UNKNOWN

pytestmark = pytest.mark.django_db

WHOLE = {
    "card": card_file(*((1 + day, f"SHOP {day}", f"-{day}.50") for day in range(12))),
    "unknown": UNKNOWN,
    "ofx": TWO_ACCOUNTS,
    "balance": b"Date,Description,Amount,Balance\n01/31/2026,A,-1.00,9.00\n02/01/2026,B,-2.00,7.00\n",
}
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut in the middle": lambda content: content[: len(content) // 2],
    "cut near the start": lambda content: content[:37],
    "cut near the end": lambda content: content[:-5],
    "without its first line": lambda content: content.partition(b"\n")[2],
    "twice": lambda content: content + content,
    "backwards": lambda content: content[::-1],
    "lines backwards": lambda content: b"\n".join(content.splitlines()[::-1]),
    "upper case": bytes.upper,
    "bare CR": lambda content: content.replace(b"\n", b"\r"),
    "blank lines": lambda content: content.replace(b"\n", b"\n\n\n"),
    "no line ends": lambda content: content.replace(b"\n", b" "),
    "an open quotation mark": lambda content: content.replace(b",", b',"', 9),
    "quotation marks everywhere": lambda content: content.replace(b"S", b'"'),
    "zeros": lambda content: content.replace(b" ", b"\0"),
    "a zero at the end": lambda content: content + b"\0",
    "UTF-16": lambda content: content.decode().encode("utf-16"),
    "half of UTF-16": lambda content: content.decode().encode("utf-16")[:-1],
    "EBCDIC": lambda content: content.decode().encode("cp500"),
    "high bytes": lambda content: content.replace(b"e", b"\xe9\xff"),
    "tabs": lambda content: content.replace(b",", b"\t").replace(b";", b"\t"),
    "semicolons and commas": lambda content: content.replace(b",", b",;"),
    "no separators": lambda content: content.replace(b",", b"").replace(b";", b""),
    "letters for digits": lambda content: content.translate(bytes.maketrans(b"0123456789", b"OIZEASGTBP")),
    "other digits": lambda content: content.decode().translate({48 + n: 0x0660 + n for n in range(10)}).encode(),
    "huge numbers": lambda content: content.replace(b"1", b"1" * 40),
    "exponents": lambda content: content.replace(b".50", b"e99"),
    "not a number": lambda content: content.replace(b".50", b"NaN"),
    "infinity": lambda content: content.replace(b"-", b"-Infinity"),
    "year zero": lambda content: content.replace(b"2026", b"0000"),
    "year ten thousand": lambda content: content.replace(b"2026", b"10000"),
    "month 13": lambda content: content.replace(b"03/", b"13/").replace(b"202603", b"202613"),
    "day 0": lambda content: content.replace(b"/01/", b"/00/"),
    "a formula": lambda content: content.replace(b"SHOP", b"=cmd|' /C calc'!A0"),
    "markup": lambda content: content.replace(b"SHOP", b"<script>alert(1)</script>"),
    "entities": lambda content: content.replace(b"N", b"&lt;&#x0;&nbsp;"),
    "a long cell": lambda content: content.replace(b"SHOP", b"x" * 5000),
    "many columns": lambda content: content.replace(b"\n", b"," * 200 + b"x\n"),
    "no amounts": lambda content: content.replace(b"-", b""),
    "parentheses": lambda content: content.replace(b"-", b"("),
    "doctype": lambda content: b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + content,
    "an OFX header": lambda content: b"OFXHEADER:100\n<OFX>" + content,
    "unclosed tags": lambda content: content.replace(b">", b""),
    "a byte order mark twice": lambda content: b"\xef\xbb\xbf" * 2 + content,
    "nothing but spaces": lambda content: b" \n" * len(content),
    "a surrogate": lambda content: content + b"\xed\xa0\x80",
    "right to left": lambda content: content.replace(b"SHOP", "\u202eSHOP\u2066".encode()),
    "control characters": lambda content: content.replace(b"S", b"\x1b[31m"),
    "JSON": lambda content: b'{"rows": [' + content + b"]}",
    "a zip": lambda content: b"PK\x03\x04" + content,
    "gzip": lambda content: b"\x1f\x8b" + content,
}


def damaged() -> Iterator[tuple[str, bytes]]:
    for name, content in WHOLE.items():
        for damage, break_it in DAMAGE.items():
            yield f"{name}, {damage}", break_it(content)


def test_no_broken_file_ends_in_an_error_page_or_in_the_books(signed_in: Client, desk: Desk) -> None:
    files = dict(damaged())
    assert len(files) == 200
    outcomes: dict[str, int] = {}
    for name, content in files.items():
        response = upload(signed_in, desk.account, content, f"{name}.csv")
        if response.status_code == 302:
            response = signed_in.get(response["Location"])
            assert b"<h1>" in response.content, name
        else:
            assert b"errorlist" in response.content, name
        outcomes[name] = response.status_code
    assert {name: code for name, code in outcomes.items() if code not in (200, 422)} == {}
    assert ImportFile.objects.count() == ImportBatch.objects.count() == list(outcomes.values()).count(200)
    assert not Transaction.objects.exists()
