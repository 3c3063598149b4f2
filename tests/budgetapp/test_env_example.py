import ast
import re

from tests.budgetapp.processes import ROOT

READERS = {"text", "switch", "int", "str", "bool"}


def variables_that_settings_read() -> set[str]:
    """The literal first arguments of the reading functions in settings.py."""
    tree = ast.parse((ROOT / "budgetapp" / "settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
        and (
            (isinstance(call.func, ast.Name) and call.func.id in READERS)
            or (isinstance(call.func, ast.Attribute) and call.func.attr in READERS)
        )
    }


def test_the_example_lists_every_variable_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^#?([A-Z][A-Z_]+)=", example, re.MULTILINE)) == variables_that_settings_read()


def test_every_variable_of_the_example_is_commented_out_and_explained() -> None:
    blocks = (ROOT / ".env.example").read_text().strip().split("\n\n")
    assert all(line.startswith("#") for block in blocks for line in block.splitlines())
    assert all(block.startswith("# ") for block in blocks)


def test_only_settings_read_the_environment() -> None:
    packages = ("budgetapp", "plaid_sync", "accounts", "investments", "categories", "money", "paging")
    readers = {
        str(path.relative_to(ROOT))
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"os\.(environ\.get|environ\[|getenv)", path.read_text())
    }
    assert readers == {"budgetapp/settings.py"}
