"""Three ways in which bank sync commonly loses data, each told as a story over HTTP.

Matching equal amounts of one day swallows purchases, starting again at the beginning of a changed
history misses deletions, and deleting withdrawn rows throws away what the user wrote.
"""

import pytest

from accounts.models import SourceRecord, Transaction

pytestmark = pytest.mark.django_db
SYNC = "/transactions/sync"


@pytest.fixture
def savings(linked_bank):
    """The id of an account at the bank with no rows but the test's own, synced once."""
    account_id = linked_bank.links["savings"].plaid_account_id
    linked_bank.server.bank.clear(account_id)
    linked_bank.sync("savings")
    return account_id


def row_of(external_id: str) -> Transaction:
    return SourceRecord.objects.get(external_id=external_id).transaction


def test_equal_purchases_of_one_day_are_never_taken_for_one(linked_bank, savings):
    bank = linked_bank.server.bank
    bank.add(savings, "4.50")
    bank.add(savings, "4.50")
    linked_bank.sync("savings")
    bank.add(savings, "4.50")
    linked_bank.sync("savings")
    assert len(linked_bank.rows("savings")) == 3
    assert linked_bank.rows("savings") == linked_bank.ledger("savings")


def test_a_deletion_in_the_middle_of_a_download_is_not_missed(linked_bank, savings):
    bank = linked_bank.server.bank
    known = bank.add(savings, "66.00")
    linked_bank.sync("savings")
    bank.fill(savings, 700)
    linked_bank.server.script.before(SYNC, lambda: bank.remove(known), call=2)
    linked_bank.sync("savings")
    assert row_of(known).removed_at is not None
    assert linked_bank.rows("savings") == linked_bank.ledger("savings")


def test_what_the_user_wrote_survives_the_time_between_withdrawal_and_settling(linked_bank, savings):
    bank = linked_bank.server.bank
    hold = bank.add(savings, "50.00", pending=True)
    linked_bank.sync("savings")
    row_of(hold).edit(description="Dinner with Ann", notes="her birthday")
    day = linked_bank.server.world.today
    bank.remove(hold)
    linked_bank.sync("savings")
    assert linked_bank.rows("savings") == []
    posted = bank.add(savings, "60.00", date=day, pending_transaction_id=hold)
    linked_bank.sync("savings")
    row = row_of(posted)
    assert (row.shown_description, row.notes, row.removed_at) == ("Dinner with Ann", "her birthday", None)
    assert linked_bank.rows("savings") == linked_bank.ledger("savings")
