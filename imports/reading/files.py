"""The door: bytes of a file in, statements out."""

import datetime
from dataclasses import replace

from imports.reading.csv_file import read_csv
from imports.reading.decoding import decode
from imports.reading.mapping import Mapping
from imports.reading.ofx_file import read_ofx
from imports.reading.statements import Kind, Reading
from imports.reading.strangers import kind_of, refuse_strangers


def read(content: bytes, *, mapping: Mapping | None = None, today: datetime.date) -> Reading:
    """What the file says, whatever its name is; `mapping` (CSV only) answers what the file leaves open.

    A mapping that names no columns only says how the file is written and whose it is: the columns are found as
    without it.
    Raises Refused for anything that is no bank file, and nothing else. `today` settles two-digit years and
    refuses dates far in the future.
    """
    refuse_strangers(content)
    text, encoding = decode(content, mapping.encoding if mapping else "")
    if kind_of(text) is Kind.OFX:
        return replace(read_ofx(text, today), encoding=encoding)
    return replace(read_csv(text, mapping, today), encoding=encoding)
