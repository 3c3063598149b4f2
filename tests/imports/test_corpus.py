"""The tool that compares sample files with their manifest."""

import datetime
import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import Account, Transaction
from imports.corpus.comparing import Manner, compared
from imports.corpus.rehearsal import rehearse
from imports.corpus.report import main
from imports.models import ImportFile
from tests.imports.bank_files import CHASE_CARD
from tests.imports.test_wizard import TWO_ACCOUNTS
from tests.imports.texts import TODAY

UNKNOWN = "Date,Description,Amount\n2026-04-03,COFFEE,-4.50\n"
# Sample files are no part of the project: say where they are to have them compared.
SAMPLES = Path(os.environ.get("BANK_FILES_DIR", "no such folder"))


@pytest.fixture
def samples(tmp_path):
    folder = tmp_path / "bank-files" / "mine"
    folder.mkdir(parents=True)
    (folder / "chase.csv").write_text(CHASE_CARD)
    (folder / "default.csv").write_text(UNKNOWN)
    (folder / "page.csv").write_text("<html>")
    expected = {
        "chase.csv": {"rows": 2, "sum": "95.50", "min_date": "2026-04-02", "max_date": "2026-04-03"},
        "default.csv": {"rows": 1, "sum": "-4.50"},
        "page.csv": {"rows": 0, "sum": "0"},
    }
    entries = [{"file": f"bank-files/mine/{name}", "expected": figures} for name, figures in expected.items()]
    (tmp_path / "manifest.json").write_text(json.dumps(entries))
    return tmp_path / "bank-files"


def test_every_file_is_compared_with_the_manifest(samples):
    results = list(compared(samples, TODAY))

    assert [(result.file.name, result.manner, result.is_right) for result in results] == [
        ("chase.csv", Manner.ALONE, True),
        ("default.csv", Manner.MAPPED, True),
        ("page.csv", Manner.REFUSED, True),
    ]


@pytest.mark.django_db
@pytest.mark.sqlite  # the command works in throw-away files
def test_every_file_is_imported_into_books_that_know_half_of_it_and_taken_back(samples):
    tried = {result.file.name: rehearse(result) for result in compared(samples, TODAY)}

    assert str(tried["chase.csv"]) == "imported 1 new + 1 matched, again 0 new, undone: as before"
    assert str(tried["default.csv"]) == "imported 0 new + 1 matched, again 0 new, undone: as before"
    assert tried["page.csv"] is None
    assert [model.objects.count() for model in (Account, Transaction, ImportFile)] == [0, 0, 0]


@pytest.mark.django_db
@pytest.mark.sqlite  # the command works in throw-away files
def test_file_that_the_books_took_in_otherwise_than_it_was_read_is_wrong(samples):
    [chase, _default, _page] = compared(samples, TODAY)
    rehearsal = rehearse(chase)

    assert rehearsal.is_right(chase)
    for wrong in ({"added": 2}, {"again": 1}, {"total": Decimal("95.51")}, {"is_undone": False}):
        assert not replace(rehearsal, **wrong).is_right(chase)


@pytest.mark.django_db
@pytest.mark.sqlite  # the command works in throw-away files
def test_file_of_several_accounts_goes_into_as_many(tmp_path):
    (tmp_path / "manifest.json").write_text("[]")
    (tmp_path / "both.ofx").write_bytes(TWO_ACCOUNTS)
    [both] = compared(tmp_path, TODAY)

    assert len(both.statements) == 2
    assert rehearse(both).is_right(both)


@pytest.mark.django_db
@pytest.mark.sqlite  # the command works in throw-away files
def test_wrong_file_is_shown_and_fails_the_command(samples, capsys):
    (samples / "mine" / "chase.csv").write_text(CHASE_CARD.replace("-4.50", "-4.51"))

    assert main([str(samples)]) == 1
    printed = capsys.readouterr().out
    assert "WRONG   2 rows       95.49  expected 2 rows 95.50" in printed
    assert "1 of 2 CSV and OFX files with transactions are right: 0 without help, 1 after one mapping." in printed
    assert "2 were imported: 2 add nothing the second time, 2 leave both databases as before when undone." in printed


def test_command_asks_for_a_folder(capsys):
    assert main([]) == 2
    assert "make corpus DIR=" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.sqlite  # the command works in throw-away files
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="BANK_FILES_DIR names no folder of sample files")
def test_all_sample_files_with_transactions_are_right():
    today = datetime.datetime.now(tz=datetime.UTC).date()
    results = [result for result in compared(SAMPLES, today) if result.file.suffix != ".qif"]

    assert [result.file.name for result in results if not result.is_right] == []
    tried = [(result, rehearse(result)) for result in results]
    assert [result.file.name for result, tried in tried if tried and not tried.is_right(result)] == []
