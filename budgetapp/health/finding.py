from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a sentence, what to do about it ("" if nothing), and whom or what it concerns.

    None of it holds a secret, an amount or a description: it is meant to be passed on.
    """

    status: Status
    sentence: str
    advice: str = ""
    details: tuple[str, ...] = ()


def well(sentence: str, *details: str) -> Finding:
    return Finding(Status.OK, sentence, details=details)


def warning(sentence: str, advice: str, *details: str) -> Finding:
    return Finding(Status.WARNING, sentence, advice, details)


def error(sentence: str, advice: str, *details: str) -> Finding:
    return Finding(Status.ERROR, sentence, advice, details)
