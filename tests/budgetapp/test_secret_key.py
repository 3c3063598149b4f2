import stat
from pathlib import Path

import pytest

from budgetapp.datadir import secret_key
from tests.budgetapp.processes import start

READ = "from budgetapp.datadir import secret_key; from pathlib import Path; print(secret_key(Path({folder!r})))"


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = secret_key(tmp_path / "keys")
    assert secret_key(tmp_path / "keys") == first
    assert len(first) >= 64
    assert stat.S_IMODE((tmp_path / "keys" / "secret.key").stat().st_mode) == 0o600


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    for round_number in range(5):
        folder = tmp_path / str(round_number)
        processes = [start(READ.format(folder=str(folder))) for _ in range(4)]
        keys = {process.communicate(timeout=60)[0] for process in processes}
        assert len(keys) == 1
        assert keys.pop().strip() == (folder / "secret.key").read_text().strip()
        assert [path.name for path in folder.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("content", ["", "\n", "too short"])
def test_a_damaged_key_is_an_error_and_not_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret.key").write_text(content)
    with pytest.raises(ValueError, match="does not hold a secret key"):
        secret_key(tmp_path)
    assert (tmp_path / "secret.key").read_text() == content
