import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.budgetapp.processes import ROOT

APPS = ("budgetapp", "plaid_sync", "imports", "accounts", "investments", "categories", "money", "paging")
LONGEST_MODULE, LONGEST_FUNCTION = 400, 60
# A server that one bad request must not end, and a command that goes on with the next account.
CATCHES_EVERYTHING = {"plaid_sync/emulator/web.py", "plaid_sync/management/commands/sync_all.py"}


def product_code() -> Iterator[tuple[str, str]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text()


def templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield str(path.relative_to(ROOT)), path.read_text()


def test_modules_and_functions_stay_short() -> None:
    assert [name for name, text in product_code() if len(text.splitlines()) > LONGEST_MODULE] == []
    functions = [
        (name, node.name, (node.end_lineno or 0) - node.lineno + 1)
        for name, text in product_code()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]
    assert [function for function in functions if function[2] > LONGEST_FUNCTION] == []


def test_only_two_places_catch_everything() -> None:
    found = {name for name, text in product_code() if re.search(r"^\s*except( Exception\b.*)?:", text, re.MULTILINE)}
    assert found <= CATCHES_EVERYTHING


def test_no_text_of_a_bank_reaches_a_page_unescaped() -> None:
    unescaped = re.compile(r"mark_safe|\|\s*safe\b|autoescape off|SafeString\(|format_html\(f")
    assert [name for name, text in [*product_code(), *templates()] if unescaped.search(text)] == []


def test_pages_contain_no_inline_style_handler_or_script() -> None:
    inline = re.compile(r"""\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*\b(src|type="application/json")=?)""")
    assert [name for name, text in templates() if inline.search(text)] == []


def test_clocks_are_read_with_a_time_zone() -> None:
    naive = re.compile(r"\bdate\.today\(|utcnow\(|datetime\.now\(\)")
    assert [name for name, text in product_code() if naive.search(text)] == []


def test_what_the_settings_page_may_set_is_read_where_both_are_known() -> None:
    of_the_environment_only = re.compile(
        r"settings\.(PLAID_(ENV|CLIENT_ID|SECRET|PRODUCTION_SECRET|REDIRECT_URI)|SYNC_INTERVAL_HOURS|HOUSEHOLD_TIME_ZONE)\b"
    )
    readers = {name for name, text in product_code() if of_the_environment_only.search(text)}
    assert readers == {
        "budgetapp/checks.py",  # before there is a database
        "budgetapp/configuration.py",
        "budgetapp/setting_forms.py",
        "budgetapp/views/first_steps.py",
        "plaid_sync/addresses.py",
        "plaid_sync/credentials.py",
        "plaid_sync/management/commands/plaid_emulator.py",  # runs beside an install, and without one
    }


def imported_by(text: str) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    return modules


def test_the_simulated_bank_needs_nothing_but_the_standard_library() -> None:
    allowed = {*sys.stdlib_module_names, "cryptography"}
    foreign = {
        (name, module)
        for name, text in product_code()
        if name.startswith("plaid_sync/emulator/")
        for module in imported_by(text)
        if module.split(".")[0] not in allowed and not f"{module}.".startswith("plaid_sync.emulator.")
    }
    assert foreign == set()


@pytest.mark.parametrize("name", ["utils", "services", "helpers", "common"])
def test_no_module_is_called_a_drawer_for_anything(name: str) -> None:
    assert [path for app in APPS for path in Path(ROOT / app).rglob(f"{name}*")] == []
