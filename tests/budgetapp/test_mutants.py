from pathlib import Path

import pytest

from tests.budgetapp.processes import ROOT
from tests.mutants.mutant import DoesNotApply, Edit, Mutant, all_mutants


@pytest.mark.parametrize("mutant", all_mutants(), ids=str)
def test_every_mutant_fits_the_code_as_it_is(mutant: Mutant) -> None:
    for edit in mutant.edits:
        assert (ROOT / edit.file).read_text().count(edit.search) == 1
        assert edit.replace != edit.search
    assert [name for name in mutant.tests if name.startswith("tests/") and not (ROOT / name).exists()] == []


def test_an_edit_that_fits_nowhere_or_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\ntwo\n")
    Edit("a.py", "one", "three").apply(tmp_path)
    assert (tmp_path / "a.py").read_text() == "three\ntwo\ntwo\n"
    for search in ("two", "four"):
        with pytest.raises(DoesNotApply):
            Edit("a.py", search, "x").apply(tmp_path)
