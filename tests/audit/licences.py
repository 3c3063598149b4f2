"""The licences of everything that is installed, against the list of those that suit an MIT project."""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions

from tests.audit.finding import Result

ALLOWED = {"MIT", "MIT-0", "BSD", "0BSD", "Apache", "ISC", "PSF", "MPL", "Zlib", "CC0", "Unlicense"}
# Used as it is, and only by who keeps the books on PostgreSQL, so that its own terms stay its own.
ONLY_FOR = {"psycopg": "LGPL", "psycopg-binary": "LGPL"}
# Their metadata say nothing; the licence is in the files that they install.
IN_A_FILE = {"axe-playwright-python": "MIT", "peewee": "MIT"}
SPELLINGS = {
    r"\bAGPL|Affero": "AGPL",
    r"\bLGPL|Lesser General": "LGPL",
    r"(?<![AL])GPL|(?<!Lesser )General Public": "GPL",
    r"MIT-0|MIT No Attribution": "MIT-0",
    r"0BSD": "0BSD",
    r"\bMIT\b(?!-0)|Expat": "MIT",
    r"(?<!0)BSD": "BSD",
    r"Apache": "Apache",
    r"\bISC\b": "ISC",
    r"\bPSF|Python Software Foundation|Python-2": "PSF",
    r"MPL|Mozilla": "MPL",
    r"\bZlib\b": "Zlib",
    r"\bCC0": "CC0",
    r"Unlicense": "Unlicense",
}


def look() -> Result:
    packages = {package.name.lower(): licences_of(package) for package in distributions()}
    return Result(f"{len(packages)} packages", list(_unsuitable(packages)))


def licences_of(package: Distribution) -> set[str]:
    """The licences that a package names; empty if it names none that is known."""
    metadata = package.metadata
    classifiers = [line for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")]
    expression, text = ((metadata.get_all(name) or [""])[0] for name in ("License-Expression", "License"))
    said = expression or " ".join(classifiers) or text.strip().partition("\n")[0]
    return named_in(said or IN_A_FILE.get(package.name.lower(), ""))


def named_in(words: str) -> set[str]:
    """The licences that these words name. An alternative ("A OR B") counts as its first that is allowed."""
    choices = [{name for spelling, name in SPELLINGS.items() if re.search(spelling, part)} for part in _choices(words)]
    return next((choice for choice in choices if choice and choice <= ALLOWED), choices[0])


def _choices(words: str) -> list[str]:
    return re.split(r"\s+OR\s+", words) if " AND " not in words else [words]


def _unsuitable(packages: dict[str, set[str]]) -> Iterable[str]:
    for name, licences in sorted(packages.items()):
        if not licences:
            yield f"{name}: its licence is not known"
        elif strange := licences - ALLOWED - {ONLY_FOR.get(name, "")}:
            yield f"{name}: {', '.join(sorted(strange))} does not suit this project"
