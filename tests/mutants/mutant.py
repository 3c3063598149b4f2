import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class DoesNotApply(Exception):
    """The code has changed under a mutant: bring its text up to date."""


@dataclass(frozen=True)
class Edit:
    """A text that occurs once in a file, and what it becomes."""

    file: str
    search: str
    replace: str

    def apply(self, tree: Path) -> None:
        """Raises DoesNotApply."""
        path = tree / self.file
        text = path.read_text()
        if (count := text.count(self.search)) != 1:
            raise DoesNotApply(f"{self.file} has {count} times: {self.search.strip()}")
        path.write_text(text.replace(self.search, self.replace))


@dataclass(frozen=True)
class Mutant:
    name: str
    on: str
    tests: tuple[str, ...]  # arguments of pytest
    edits: tuple[Edit, ...]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def read(cls, facts: dict[str, object]) -> Self:
        tests, edits = facts["tests"], facts["edits"]
        if not isinstance(tests, list) or not isinstance(edits, list) or facts["on"] not in {"sqlite", "postgresql"}:
            raise ValueError(f"This is no mutant: {facts}")
        return cls(str(facts["name"]), str(facts["on"]), tuple(tests), tuple(Edit(**edit) for edit in edits))


def all_mutants() -> list[Mutant]:
    facts = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text())
    return [Mutant.read(one) for one in facts["mutant"]]
