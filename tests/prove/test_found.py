"""What random histories have found, each kept as a story."""

import pytest
from django.contrib.auth.models import User

from accounts.models import HeldLine, Transaction
from plaid_sync.emulator.faults import PlannedFault
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.models import SyncPage
from tests.prove import invariants
from tests.prove.household import SYNC, Household
from tests.prove.interruptions import dying_after
from tests.prove.machine import CHECKS


@pytest.fixture
def household(transactional_db: None, bank: EmulatorServer, user: User) -> Household:
    made = Household(bank, user)
    made.add("12.00", 5, "SAFEWAY 0042", pending=False)
    made.sync()
    return made


def test_a_run_that_posts_only_what_another_had_staged_is_due_again_at_once(household):
    """A webhook told of the second purchase, and the run that it caused never asked for it: hours would pass."""
    household.add("4.50", 1, "BLUE BOTTLE", pending=False)
    statements = 0
    while not SyncPage.objects.filter(has_more=False).exists():
        statements += 1
        with dying_after(statements):
            household.sync()
        household.lease_runs_out()
    household.add("7.25", 0, "BLUE BOTTLE", pending=False)
    calls = household.transport.calls
    assert household.sync("webhook").status == "success"
    assert household.transport.calls == calls
    assert household.is_due
    household.sync("scheduled")
    assert not household.is_due
    invariants.books_equal_the_bank(household)


def test_of_a_purchase_that_a_file_tells_of_under_two_names_another_file_has_one_line(household):
    """The bank numbers its files anew: two names are two purchases. The second file's line is on either, no third."""
    household.sync()
    household.import_file(household.rows(), "ofx", 0)
    household.relink()
    household.sync()
    household.import_file(household.rows(), "ofx", 0)
    household.import_file(household.rows(), "csv:x", 0)
    household.sync()
    household.look_around()
    assert Transaction.objects.live().filter(account=household.account_id).count() == 2
    for check in CHECKS:
        check(household)


def test_a_file_that_corrects_its_date_leaves_the_bank_its_own(household):
    """Four days apart they were two rows; a day apart they are one, and the bank says of what day."""
    household.sync()
    household.import_file(household.rows(), "ofx", 4)
    household.import_file(household.rows(), "ofx", 1)
    assert Transaction.objects.live().get(account=household.account_id).source.startswith("plaid:")
    invariants.books_equal_the_bank(household)
    invariants.a_further_sync_writes_nothing(household)


def test_a_bank_that_starts_again_with_nothing_still_tells_the_balance(household):
    household.sync()
    household.lose_cursor()
    household.remove(household.rows()[0])
    household.sync()
    household.sync()
    invariants.balances_agree(household)


def test_an_edit_follows_its_purchase_when_the_bank_sends_it_anew(household):
    household.sync()
    household.edit(Transaction.objects.get(account=household.account_id), 1000)
    household.remove(household.rows()[0])
    household.restore(household.gone[0])
    household.sync()
    household.look_around()
    invariants.edits_survive(household)


def test_a_pending_row_stays_while_what_it_settled_into_cannot_be_read(household):
    household.add("19.99", 1, "BLUE BOTTLE", pending=True)
    household.sync()
    household.settle(household.rows(pending=True)[0], "plain")
    household.order([PlannedFault(SYNC, "set", {"at": "added.0.amount", "value": None}, 1, 1)])
    household.sync()
    assert Transaction.objects.live().get(amount="19.99").is_pending
    assert HeldLine.objects.open().get().reason == HeldLine.Reason.MALFORMED
    invariants.books_equal_the_bank(household)


def test_undoing_a_file_that_corrected_another_leaves_what_the_bank_has_said_since(household):
    household.add("7.25", 4, "BLUE BOTTLE", pending=False)
    [row] = [row for row in household.rows() if row.cents == 725]
    household.import_file([row], "ofx", 2)
    household.import_file([row], "ofx", 1)
    household.sync()
    for imported in list(household.imports):
        household.undo_import(imported)
    assert Transaction.objects.get(amount="7.25").date == row.date
    invariants.books_equal_the_bank(household)
