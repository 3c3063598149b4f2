"""`manage.py import_file`: the same import without pages."""

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import SyncLog, Transaction
from imports.models import ImportBatch, ImportFile
from tests.household import make_account
from tests.imports.conftest import COFFEES, Desk, card_file
from tests.imports.test_wizard import TWO_ACCOUNTS, UNKNOWN

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "march.csv"
    path.write_bytes(COFFEES)
    return path


def run(*arguments: object) -> tuple[int, dict]:
    out = io.StringIO()
    try:
        call_command("import_file", *map(str, arguments), "--json", stdout=out)
    except SystemExit as end:
        return int(str(end.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_a_file_is_imported_and_the_second_time_nothing_is_added(desk: Desk, file: Path) -> None:
    code, said = run(file, "--account", desk.account.pk)
    assert (code, said["exit_code"]) == (0, 0)
    assert said["files"][0] | {"file": "", "import": 0} == {
        "file": "",
        "import": 0,
        "status": "imported",
        "proof": "n/a",
        "added": 3,
        "merged": 0,
        "unchanged": 0,
        "held": 0,
        "problems": 0,
        "pending": 0,
        "message": "",
    }
    assert run(file, "--account", desk.account.pk)[1]["files"][0]["unchanged"] == 3
    assert len(desk.rows()) == 3


def test_a_dry_run_counts_and_changes_nothing(desk: Desk, file: Path) -> None:
    code, said = run(file, "--account", desk.account.pk, "--dry-run")
    assert (code, said["files"][0]["status"], said["files"][0]["added"]) == (0, "previewed", 3)
    assert not ImportFile.objects.exists()
    assert not SyncLog.objects.exists()
    assert not Transaction.objects.exists()


def test_one_bad_file_keeps_no_other_from_being_imported(desk: Desk, file: Path, tmp_path: Path) -> None:
    (tmp_path / "page.csv").write_text("<!doctype html><html></html>")
    code, said = run(tmp_path / "page.csv", file, tmp_path / "missing.csv", "--account", desk.account.pk)
    assert code == 3
    assert [one["status"] for one in said["files"]] == ["refused", "imported", "refused"]
    assert "web page" in said["files"][0]["message"]
    assert "No such file" in said["files"][2]["message"]
    assert ImportFile.objects.count() == 1


def test_what_is_ambiguous_is_refused_and_not_guessed(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_bytes(UNKNOWN)
    code, said = run(tmp_path / "export.csv", "--account", desk.account.pk)
    assert code == 1
    assert "day, month or year" in said["files"][0]["message"]
    assert "Import page" in said["files"][0]["message"]
    assert not ImportFile.objects.exists()


def test_of_a_file_of_several_accounts_the_part_with_the_accounts_digits_is_taken(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "all.ofx").write_bytes(TWO_ACCOUNTS)
    assert run(tmp_path / "all.ofx", "--account", desk.account.pk)[0] == 1
    desk.account.mask = "2222"
    desk.account.save()
    assert run(tmp_path / "all.ofx", "--account", desk.account.pk)[0] == 0
    assert desk.rows() == [(3, "-4.22")]


def test_a_preset_says_how_a_bank_writes(desk: Desk, file: Path) -> None:
    assert run(file, "--account", desk.account.pk, "--preset", "chase_card")[1]["files"][0]["added"] == 3
    with pytest.raises(CommandError, match=r"There is no preset nobody\. There are: .*chase_card") as wrong:
        run(file, "--account", desk.account.pk, "--preset", "nobody")
    assert wrong.value.returncode == 2


def test_an_archive_is_its_own_source(desk: Desk, file: Path) -> None:
    run(file, "--account", desk.account.pk, "--archive")
    assert ImportBatch.objects.get().feed.startswith("archive:")
    assert SyncLog.objects.get().source == "archive"


def test_an_unknown_account_is_wrong_usage(db: None, file: Path) -> None:
    with pytest.raises(CommandError, match="no account 7") as wrong:
        run(file, "--account", 7)
    assert wrong.value.returncode == 2


def test_the_report_is_a_sentence_per_file(desk: Desk, file: Path) -> None:
    file.write_bytes(card_file((1, "COFFEE HOUSE", "-4.50")) + b"03/04/2026,03/04/2026,NO AMOUNT,Food,Sale,twelve,\n")
    out = io.StringIO()
    call_command("import_file", str(file), "--account", str(desk.account.pk), stdout=out)
    assert out.getvalue() == f"{file}: imported, 1 new, 1 not readable.\n"


def test_a_file_whose_name_is_no_text_is_imported(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "m\udce4rz.csv"  # a name in Latin 1, as Python hands it over
    path.write_bytes(COFFEES)
    code, said = run(path, "--account", desk.account.pk)
    assert (code, Path(said["files"][0]["file"]).name, ImportFile.objects.get().name) == (0, "m?rz.csv", "m?rz.csv")


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite  # a server locks rows, and a writer waits for them
def test_books_that_are_locked_by_other_work_have_an_exit_code_of_their_own(transactional_db: None, file: Path) -> None:
    account = make_account()
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        connection.cursor().execute("PRAGMA busy_timeout = 50")
        other.execute("BEGIN IMMEDIATE")
        code, said = run(file, "--account", account.pk)
        other.execute("ROLLBACK")
    connection.close()
    assert (code, said["files"][0]["status"]) == (5, "locked")
    assert "Nothing was changed" in said["files"][0]["message"]
    assert run(file, "--account", account.pk)[0] == 0
