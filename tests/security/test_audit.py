"""The checks of `make audit` find what they are there for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audit import advisories, licences, tracked

# In pieces, or the audit would find this file.
TOKEN = "access-" + "production-12345678-9abc-def0-1234-56789abcdef0"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("MIT", {"MIT"}),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", {"BSD", "0BSD", "MIT", "Zlib", "CC0"}),
        ("GPL-3.0-only OR Apache-2.0", {"Apache"}),
        ("LGPL-3.0-only", {"LGPL"}),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", {"GPL"}),
        ("GNU Affero General Public License v3", {"AGPL", "GPL"}),
        ("Beerware", set()),
        ("", set()),
    ],
)
def test_licences_are_read_as_packages_spell_them(words: str, named: set[str]) -> None:
    assert licences.named_in(words) == named


def test_forbidden_and_unknown_licences_are_findings() -> None:
    installed = {"good": {"MIT"}, "psycopg": {"LGPL"}, "other": {"LGPL"}, "viral": {"GPL"}, "silent": set()}
    found = list(licences._unsuitable(installed))
    assert [line.split(":")[0] for line in found] == ["other", "silent", "viral"]


def test_every_installed_package_has_a_licence_that_suits() -> None:
    assert licences.look().findings == []


def test_a_package_that_the_source_does_not_know_is_no_package_without_holes() -> None:
    result = advisories._judged([{"name": "psycopg", "skip_reason": "not found"}])
    assert "NOT CHECKED" in result.summary
    assert not result.is_done


def test_a_known_hole_is_a_finding_and_a_gap_is_told() -> None:
    hole = {"id": "CVE-1", "fix_versions": ["2.0"]}
    packages = [{"name": "a", "version": "1", "vulns": [hole]}, {"name": "b", "skip_reason": "not found"}]
    result = advisories._judged(packages)
    assert result.findings == ["a 1: CVE-1, repaired in ['2.0']"]
    assert not result.is_done


@pytest.mark.parametrize(
    "line",
    [
        f"token = '{TOKEN}'",
        "PLAID_SECRET=" + "0123456789abcdef01234567",
        "-----BEGIN RSA PRIVATE " + "KEY-----",
        "postgres://" + "books:hunter22@db.example.org/books",
    ],
)
def test_a_secret_in_any_line_of_the_history_is_found_once(line: str) -> None:
    assert len(tracked._secrets_in(iter([("abc file.py", line), ("abc file.py", line)]))) == 1


@pytest.mark.parametrize(
    "path", ["bank/march.csv", "data/budgetapp.sqlite3-wal", ".env", "deploy/.env.local", "keys/token.key", "x.OFX"]
)
def test_files_with_data_are_known_by_their_names(path: str) -> None:
    assert tracked.DATA.search(path)


@pytest.mark.parametrize("path", [".env.example", "imports/presets/chase.toml", "docs/pictures/a.png", "keyring.py"])
def test_other_files_are_not(path: str) -> None:
    assert not tracked.DATA.search(path)


def test_what_was_deleted_is_found_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "notes.md").write_text(TOKEN)
    (tmp_path / "march.csv").write_text("a,b")
    git("add", ".")
    git("commit", "-qm", "One")
    git("rm", "-q", "notes.md", "march.csv")
    git("commit", "-qm", "Two")
    monkeypatch.chdir(tmp_path)
    found = " ".join(tracked.look().findings)
    assert "march.csv is or was tracked" in found
    assert "notes.md holds a token of Plaid's" in found


def test_risky_code_is_found(tmp_path: Path) -> None:
    (tmp_path / "risky.py").write_text("import pickle\n\n\ndef load(upload):\n    return pickle.loads(upload)\n")
    command = [
        sys.executable,
        "-m",
        "bandit",
        "--quiet",
        "--format=json",
        "--severity-level=medium",
        "-r",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [result["test_id"] for result in json.loads(done.stdout)["results"]] == ["B301"]
