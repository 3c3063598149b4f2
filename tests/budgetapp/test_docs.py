import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from django.core.management import get_commands

from plaid_sync.error_codes import MEANINGS
from tests.budgetapp.processes import ROOT

OURS = {"budgetapp", "plaid_sync", "imports", "accounts", "investments", "categories", "money", "paging"}


def pages() -> Iterator[tuple[Path, str]]:
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        yield path, path.read_text()


def commands_in_the_docs() -> set[str]:
    return {name for _path, text in pages() for name in re.findall(r"manage\.py ([a-z_]+)", text)}


def test_every_command_in_the_docs_exists() -> None:
    assert commands_in_the_docs() <= get_commands().keys()


def test_every_command_of_ours_is_in_the_docs() -> None:
    ours = {name for name, app in get_commands().items() if app in OURS}
    documented = commands_in_the_docs() | {"demo"}  # people start it as `make demo`
    assert ours <= documented


def test_every_make_target_in_the_docs_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for _path, text in pages() for name in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)}
    assert named <= targets


def test_every_link_and_picture_in_the_docs_leads_somewhere() -> None:
    broken = [
        (path.name, target)
        for path, text in pages()
        for target in re.findall(r'(?:\]\(|src="|srcset=")([^)#"]+)', text)
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert broken == []


def test_the_backup_of_the_docs_can_be_made_every_night(tmp_path: Path) -> None:
    books, backup = tmp_path / "data", tmp_path / "backup"
    for folder in (books, backup):
        folder.mkdir()
    [script] = re.findall(r"<<'END'\n(.*?)^END$", (ROOT / "docs/self-hosting.md").read_text(), re.DOTALL | re.MULTILINE)
    script = script.replace("/srv/budgetapp/data", str(books)).replace("/srv/backup", str(backup))
    for night in ("first", "second"):
        for name in ("budgetapp", "investments"):
            with closing(sqlite3.connect(books / f"{name}.sqlite3")) as connection:
                connection.execute(f"CREATE TABLE {night} (id)")
        subprocess.run([sys.executable, "-c", script], check=True)
    with closing(sqlite3.connect(backup / "budgetapp.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM second").fetchone() == (0,)
    assert sorted(path.name for path in backup.iterdir()) == ["budgetapp.sqlite3", "investments.sqlite3"]


def test_the_page_on_connections_names_the_step_of_every_error_code() -> None:
    text = (ROOT / "docs/connections.md").read_text()
    rows = re.findall(r"^\| (`[A-Z].*?) \| (.*?) \| .* \|$", text, re.MULTILINE)
    told = {code: step for codes, step in rows for code in re.findall(r"`([A-Z_]+)`", codes)}
    assert told == {code: meaning.step.label for code, (meaning, _sentence) in MEANINGS.items()}
