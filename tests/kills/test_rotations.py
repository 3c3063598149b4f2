"""Changes of the key, killed at named moments (`tests.plaid_sync.test_rotation` kills at every line)."""

import io

import pytest
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper

from plaid_sync import keyring, rotation
from plaid_sync.keyring import ring
from plaid_sync.rotation import everything, reencrypt_all
from plaid_sync.vault import Sealed
from tests.kills.points import Point, is_killed
from tests.plaid_sync.visits import OAUTH, visit

pytestmark = pytest.mark.django_db(transaction=True)
COMMIT = BaseDatabaseWrapper.commit
POINTS = [
    Point("new key drafted", "after", keyring._draft),
    Point("new key added", "after", keyring.replace_key_file),
    Point("amid the tokens", "before", Sealed.seal_anew, nth=2),
    Point("before COMMIT", "before", COMMIT, reencrypt_all),
    Point("after COMMIT", "after", COMMIT, reencrypt_all),
    Point("before it is read back", "before", rotation.verify),
    Point("after it was read back", "after", rotation.verify),
    Point("key file without the old key drafted", "after", keyring._draft, nth=2),
    Point("old key dropped", "after", keyring.replace_key_file, nth=2),
]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_rotation_killed_at_any_moment_loses_no_token_and_can_be_run_again(bank, user, toll, point):
    for institution in ("ins_109508", OAUTH):
        visit(bank, user, institution)
    tokens, old = [piece.opened() for piece in everything()], ring()
    assert len(tokens) == 2

    toll("kills", "rotate keys")
    assert is_killed(lambda: call_command("rotate_keys", stdout=io.StringIO()), point)

    assert [piece.opened() for piece in everything()] == tokens
    call_command("rotate_keys", stdout=io.StringIO())
    assert [piece.opened() for piece in everything()] == tokens
    [key] = ring()
    assert key.fingerprint != old[0].fingerprint
