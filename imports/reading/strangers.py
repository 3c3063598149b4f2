"""What a file is, judged by what it holds; and the refusals of all that is no bank file."""

import re

from imports.reading.errors import Refused
from imports.reading.statements import Kind

MAX_BYTES = 5 * 1024 * 1024

_BINARY = (
    (b"PK", "This is a spreadsheet or an archive. Save it as CSV (or unpack it) and upload that file."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook. Save it as CSV and upload that file."),
    (b"%PDF", "This is a PDF statement. Download the same period from your bank as CSV, OFX or QFX."),
    (b"\x1f\x8b", "This is a packed file. Unpack it and upload what is inside."),
    (b"7z\xbc\xaf", "This is a packed file. Unpack it and upload what is inside."),
    (b"Rar!", "This is a packed file. Unpack it and upload what is inside."),
    (b"\x89PNG", "This is a picture. Download the transactions from your bank as CSV, OFX or QFX."),
    (b"\xff\xd8\xff", "This is a picture. Download the transactions from your bank as CSV, OFX or QFX."),
    (b"GIF8", "This is a picture. Download the transactions from your bank as CSV, OFX or QFX."),
    (b"SQLite format 3", "This is a database. Upload a CSV, OFX or QFX file."),
    (b"{\\rtf", "This is a text document. Download the transactions from your bank as CSV, OFX or QFX."),
)
_OFX = re.compile(r"<\s*OFX\s*>|^\s*OFXHEADER\s*:|<\?OFX\b", re.IGNORECASE)
_HTML = re.compile(r"^\s*<(?:!doctype\s+html|html|head|body|script)\b|<html[\s>]", re.IGNORECASE)
_QIF = re.compile(r"^\s*!(?:type|account|option|clear)\b", re.IGNORECASE | re.MULTILINE)
_MT940 = re.compile(r"^\s*(?:\{1:|:20:)")


def refuse_strangers(content: bytes) -> None:
    """Raises Refused for a file that is empty, too large, or of a known kind that holds no text."""
    if not content.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise Refused("This file is empty. Download it from your bank again.")
    if len(content) > MAX_BYTES:
        raise Refused("This file is larger than 5 MB. Export a shorter period, and import one part after the other.")
    for magic, sentence in _BINARY:
        if content.startswith(magic):
            raise Refused(sentence)


def kind_of(text: str) -> Kind:
    """CSV or OFX. Raises Refused for text of another kind."""
    head = text[:8192]
    if _OFX.search(head):
        return Kind.OFX
    if _HTML.search(head):
        raise Refused(
            "This is a web page, not a statement: the download didn't work, perhaps because the bank had signed you "
            "out. Sign in there and download the file again."
        )
    if _QIF.search(head):
        raise Refused("QIF files can't be imported yet. Download the same period from your bank as CSV, OFX or QFX.")
    if head.lstrip().startswith("<"):
        raise Refused("This kind of XML can't be imported yet. Download the same period as CSV, OFX or QFX.")
    if _MT940.search(head):
        raise Refused("MT940 files can't be imported yet. Download the same period as CSV, OFX or QFX.")
    if head.lstrip().startswith(("{", "[")):
        raise Refused("JSON files can't be imported. Download the same period as CSV, OFX or QFX.")
    return Kind.CSV
