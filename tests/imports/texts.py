"""Files as text, read on a fixed day."""

from datetime import date

from imports.reading import FileStatement, Mapping, Reading, Refused, read

TODAY = date(2026, 4, 30)


def reading(text: str, **answers: object) -> Reading:
    """The reading of a file in UTF-8; answers are fields of a mapping that says everything."""
    return read(text.encode(), mapping=Mapping(**answers) if answers else None, today=TODAY)


def statement(text: str, **answers: object) -> FileStatement:
    found = reading(text, **answers)
    assert not found.questions, found.questions
    (only,) = found.statements
    return only


def told(found: FileStatement) -> list[tuple[str, str, str]]:
    """Day, amount (money out positive) and description of every posted line."""
    return [(str(entry.line.date), str(entry.line.amount), entry.line.description) for entry in found.lines]


def topics(found: Reading) -> set[str]:
    return {str(question.topic) for question in found.questions}


def refusal(content: bytes) -> str:
    try:
        read(content, today=TODAY)
    except Refused as refused:
        return str(refused)
    raise AssertionError("The file was read.")
