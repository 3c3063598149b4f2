"""Whatever is uploaded, the reader answers with a reading or a refusal."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.reading import Mapping, Reading, Refused, read
from tests.imports import bank_files
from tests.imports.test_read_ofx import COFFEE, account, ofx
from tests.imports.texts import TODAY

WELL_FORMED = [text for name, text in vars(bank_files).items() if name.isupper()] + [ofx(account(COFFEE, COFFEE))]
PIECES = [
    '"',
    ",",
    ";",
    "\t",
    "\r",
    "\n",
    "\n\n",
    "-",
    "(",
    "$",
    "<",
    ">",
    "</STMTTRN>",
    "<OFX>",
    "\ufeff",
    "é",
    "\u2028",
]
PIECES += [
    "0",
    "99999999999999999999",
    "00/00/0000",
    "2026-02-30",
    "NaN",
    "1e400",
    "&#0;",
    "<![CDATA[",
    "\u0661",
    "\x0c",
]


def damaged(seed: int) -> bytes:
    """A well-formed file with cuts, repeats, strange pieces and broken bytes; the same for the same seed."""
    chance = random.Random(seed)
    text = chance.choice(WELL_FORMED)
    for _ in range(chance.randint(1, 12)):
        start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        end = min(end, start + chance.choice([1, 5, 80]))
        piece = chance.choice([chance.choice(PIECES) * chance.choice([1, 2, 70]), "", text[start:end] * 3])
        text = text[:start] + piece + text[end:]
    content = bytearray(text.encode(chance.choice(["utf-8", "utf-16", "cp1252"]), "replace"))
    for _ in range(chance.choice([0, 0, 3])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def answer(content: bytes, mapping: Mapping | None = None) -> Reading | str:
    try:
        return read(content, mapping=mapping, today=TODAY)
    except Refused as refused:
        return str(refused)


@pytest.mark.parametrize("seed", range(200))
def test_damaged_file_is_read_or_refused(seed):
    found = answer(damaged(seed))

    assert isinstance(found, Reading) or found.endswith(".")


@given(st.binary(max_size=400))
def test_bytes_are_read_or_refused(content):
    assert answer(content)


@given(
    st.lists(st.lists(st.sampled_from(["2026-04-03", "04/03/2026", "-4.50", "1,234", "COFFEE", "", '"', "debit"]))),
    st.integers(min_value=-1, max_value=9),
    st.integers(min_value=-1, max_value=9),
)
def test_any_table_is_read_or_refused_under_any_mapping(rows, date, amount):
    content = "\n".join(",".join(cells) for cells in rows).encode()
    mapping = Mapping(date=date, description=(1, "Text"), amount=amount, money_out="negative", date_order="mdy")

    assert answer(content)
    assert answer(content, mapping)


@given(
    st.lists(st.sampled_from(["<OFX>", "</OFX>", "<STMTRS>", "<STMTTRN>", "</STMTTRN>", "<TRNAMT>", "1", "<STATUS>"]))
)
def test_any_tags_are_read_or_refused(tags):
    assert answer(("OFXHEADER:100\n\n<OFX>" + "".join(tags)).encode())


def test_every_row_of_a_damaged_file_is_accounted_for():
    """A row that isn't blank ends as a line, a pending line, a problem or a note."""
    for seed in range(200):
        found = answer(damaged(seed))
        if isinstance(found, Reading) and found.kind == "csv" and found.statements:
            (only,) = found.statements
            seen = {entry.row for entry in (*only.lines, *only.pending, *only.problems, *only.notes)}
            assert {row.row for row in found.sample} <= seen
