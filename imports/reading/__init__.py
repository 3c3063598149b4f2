"""Files of banks read into statement lines. Pure: bytes in, statements out, no database.

`read` is the door; `statements` describes what comes out, `mapping` what the mapping screen fills in.
"""

from imports.reading.errors import Refused
from imports.reading.files import read
from imports.reading.mapping import DateOrder, DecimalMark, Mapping, Sign
from imports.reading.statements import (
    BalanceProof,
    FileLine,
    FileStatement,
    Finding,
    Kind,
    Question,
    Reading,
    SampleRow,
    Topic,
    Verdict,
)

__all__ = [
    "BalanceProof",
    "DateOrder",
    "DecimalMark",
    "FileLine",
    "FileStatement",
    "Finding",
    "Kind",
    "Mapping",
    "Question",
    "Reading",
    "Refused",
    "SampleRow",
    "Sign",
    "Topic",
    "Verdict",
    "read",
]
