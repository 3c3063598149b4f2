"""Imports files here and now, with or without a worker: the same steps as the pages, without questions."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Account
from imports import posting, staging
from imports.models import ImportBatch
from imports.reading import Mapping, Refused
from imports.reading.presets import preset_named, presets
from imports.receiving import Upload, assign, is_of, reading_of, receive

FAILED, USAGE, SOME_FAILED, LOCKED = 1, 2, 3, 5
_COUNTS = ("added", "merged", "unchanged", "held", "problems", "pending")
_WORDS = dict(zip(_COUNTS, ("new", "matched", "known", "held", "not readable", "pending"), strict=True))
_MOST_BYTES = 5 * 1024 * 1024


@dataclass
class Result:
    """What became of one file. `status`: imported, previewed, refused or locked."""

    file: str
    status: str = "imported"
    counts: dict[str, int] = field(default_factory=dict)
    proof: str = ""
    batch: int | None = None
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        said = {"file": self.file, "status": self.status, "proof": self.proof, "import": self.batch}
        return said | {name: self.counts.get(name, 0) for name in _COUNTS} | {"message": self.message}


class Command(BaseCommand):
    help = (
        "Import files of a bank into an account; what is there already is not added twice. Exit codes: 0 all "
        "imported, 1 none could be, 2 wrong usage, 3 some could not be, 5 the books are locked by other work."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path, help="CSV, OFX or QFX files")
        parser.add_argument("--account", type=int, metavar="ID", required=True, help="the account they are of")
        parser.add_argument("--preset", metavar="NAME", help="read CSV as this bank writes it")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--archive", action="store_true", help="old files: what another source says comes first")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(
        self,
        *,
        paths: list[Path],
        account: int,
        preset: str | None,
        dry_run: bool,
        archive: bool,
        json: bool,
        **_options: Any,
    ) -> None:
        target = _account(account)
        mapping = _mapping(preset)
        bring = _preview if dry_run else _import
        results = []
        for path in paths:
            given = Upload(name=path.name, content=b"", account=target, mapping=mapping, is_archive=archive)
            results.append(_result(path, given, bring))
        self._report(results, as_json=json)

    def _report(self, results: list[Result], *, as_json: bool) -> None:
        code = _exit_code(results)
        if as_json:
            said = {"files": [result.as_json() for result in results], "exit_code": code}
            self.stdout.write(json.dumps(said))
        else:
            self.stdout.write("\n".join(_sentence(result) for result in results))
        if code:
            raise SystemExit(code)


def _account(pk: int) -> Account:
    account = Account.objects.filter(pk=pk).first()
    if account is None:
        raise CommandError(f"There is no account {pk}.", returncode=USAGE)
    return account


def _mapping(name: str | None) -> Mapping | None:
    if name is None:
        return None
    preset = preset_named(name)
    if preset is None:
        known = ", ".join(one.key for one in presets())
        raise CommandError(f"There is no preset {name}. There are: {known}.", returncode=USAGE)
    return preset.mapping


def _result(path: Path, given: Upload, bring: Callable[[ImportBatch, Result], None]) -> Result:
    result = Result(file=str(path).encode(errors="replace").decode())
    try:
        bring(_received(path, given), result)
    except OSError as error:
        result.status, result.message = "refused", f"{error.strerror or 'It can’t be opened'}."
    except Refused as error:
        result.status, result.message = "refused", str(error)
    except OperationalError:
        result.status, result.message = "locked", "The books are locked by other work. Nothing was changed; try again."
    return result


def _received(path: Path, given: Upload) -> ImportBatch:
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    upload = Upload(given.name, content, given.account, mapping=given.mapping, is_archive=given.is_archive)
    batch = receive(upload, now=timezone.now())
    try:
        _settle(batch)
        staging.begin(batch, now=timezone.now())
        staging.stage(batch, now=timezone.now())
    except Refused:
        posting.discard(batch)
        raise
    return batch


def _settle(batch: ImportBatch) -> None:
    """Nobody is there to be asked: what the file leaves open is refused."""
    if batch.statement is not None:
        return
    reading = reading_of(batch.file, now=timezone.now())
    if reading.questions:
        asked = " ".join(question.sentence for question in reading.questions)
        raise Refused(f"{asked} Answer that once on the Import page (it is remembered), or name a --preset.")
    own = [number for number, one in enumerate(reading.statements) if is_of(one, batch.account)]
    if len(own) != 1:
        hints = ", ".join(f"••{one.account_hint}" for one in reading.statements)
        raise Refused(
            f"The file holds several accounts ({hints}); which one is meant can be chosen on the Import page."
        )
    assign(batch, reading, own[0])


def _preview(batch: ImportBatch, result: Result) -> None:
    outlook = batch.lines.outlook()
    result.status, result.proof = "previewed", batch.proof
    result.counts = {name: int(str(outlook[name])) for name in ("added", "merged", "unchanged")}
    result.counts["held"] = int(str(outlook["listed"]))
    _count_rest(batch, result)
    posting.discard(batch)


def _import(batch: ImportBatch, result: Result) -> None:
    now = timezone.now()
    posting.start(batch, now=now)
    try:
        posting.post(batch, now=now)
    except OperationalError:
        posting.fail(batch, now=now)
        raise
    batch.refresh_from_db()
    result.batch, result.proof = batch.pk, batch.proof
    result.counts = {name: getattr(batch.run, name) for name in ("added", "merged", "unchanged", "held")}
    _count_rest(batch, result)


def _count_rest(batch: ImportBatch, result: Result) -> None:
    result.counts["problems"] = batch.lines.filter(part="problem").count()
    result.counts["pending"] = batch.lines.filter(part="pending").count()


def _sentence(result: Result) -> str:
    if result.message:
        return f"{result.file}: {result.status}. {result.message}"
    counts = ", ".join(f"{result.counts[name]} {_WORDS[name]}" for name in _COUNTS if result.counts[name])
    proof = {"pass": " Balances prove it.", "fail": " The balances in the file do not add up."}.get(result.proof, "")
    return f"{result.file}: {result.status}, {counts or 'nothing'}.{proof}"


def _exit_code(results: list[Result]) -> int:
    failed = [result for result in results if result.status in ("refused", "locked")]
    if not failed:
        return 0
    if len(failed) < len(results):
        return SOME_FAILED
    return LOCKED if all(result.status == "locked" for result in failed) else FAILED
