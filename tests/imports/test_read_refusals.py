"""What is no bank file is refused with a sentence that says what to do."""

import io
import zipfile

import pytest

from imports.reading import Mapping, Refused, read
from tests.imports.texts import TODAY, refusal

PLAIN = "Date,Description,Amount\n2026-04-03,COFFEE,-4.50\n"


def spreadsheet() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (b",,\n,,\n", "no rows"),
        (PLAIN.encode() + b" " * (5 * 1024 * 1024), "larger than 5 MB"),
        (spreadsheet(), "Save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
        (b"%PDF-1.7\n", "PDF statement"),
        (b"\x1f\x8b\x08\x00", "Unpack it"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\x00\x01\x02" * 100, "no text"),
        (b"\x07\x08\x0e" * 100, "no text"),
        (b"<!DOCTYPE html><html><body>Session expired, sign in</body></html>", "web page"),
        (b"\r\n  <html lang='en'>\n<head>", "web page"),
        (b'<?xml version="1.0"?><!DOCTYPE html><html>', "web page"),
        (b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">', "XML"),
        (b"!Type:Bank\nD4/3/26\nT-4.50\nPCoffee\n^\n", "QIF files can't be imported yet"),
        (b"### remark ###\n\n!Type:Class\nNTest\n^\n", "QIF files can't be imported yet"),
        (b"!Account\nNChecking\n^\n", "QIF files can't be imported yet"),
        (b":20:STARTUMS\n:25:1234\n", "MT940"),
        (b'{"transactions": []}', "JSON"),
        (b"Dear customer,\nyour statement is attached.\n", "no list of transactions"),
        (b"one column\n1\n2\n", "no list of transactions"),
        (b"Date,Description,Amount\n", "no list of transactions"),
        (PLAIN.encode() + b"2026-04-04,TEA,-3.00\n" * 50_000, "more than 50,000 rows"),
        (b"x," * 65 + b"1\n", "more than 64 columns"),
        (PLAIN.replace("COFFEE", "C" * 4097).encode(), "Row 2 has a cell of more than 4,096 characters"),
        (PLAIN.replace("COFFEE", "C" * 200_000).encode(), "Row 2 can't be read"),
        (
            (PLAIN.replace("COFFEE", '"COFFEE') + "2026-04-04,TEA,-3.00\n2026-04-05,SOUP,-7.00\n").encode(),
            "In row 2 a quotation mark isn't closed",
        ),
    ],
)
def test_no_bank_file_is_refused_with_what_to_do(content, words):
    assert words in refusal(content)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (Mapping(encoding="rot13"), "encoding rot13 is unknown"),
        (Mapping(encoding="utf-16"), "isn't written in utf-16"),
        (Mapping(delimiter="x"), "Choose one of them"),
        (Mapping(header_row=99), "can't be the header"),
        (Mapping(skip_rows=99), "no list of transactions"),
    ],
)
def test_mapping_that_cannot_be_used_is_refused(mapping, words):
    with pytest.raises(Refused, match=words):
        read(PLAIN.encode() + b" ", mapping=mapping, today=TODAY)
