"""The sync of one account, against the simulated bank over HTTP."""

import pytest

from accounts.models import SyncLog
from accounts.proof import coverage_by_account, prove
from plaid_sync.models import LinkedAccount, SyncPage

pytestmark = pytest.mark.django_db
SYNC = "/transactions/sync"


def test_first_sync_brings_the_whole_history_and_proves_it(linked_bank):
    outcome = linked_bank.sync(trigger="initial")
    assert outcome.status == SyncLog.Status.SUCCESS
    assert linked_bank.rows() == linked_bank.ledger()
    link, account = linked_bank.link(), linked_bank.account()
    assert link.history_status == LinkedAccount.History.HISTORICAL
    assert (link.lease_token, link.attempts) == ("", 0)
    assert link.next_sync_at > account.last_synced_at
    assert prove(account, coverage_by_account()[account.pk]).is_proven
    assert not SyncPage.objects.exists()
    log = SyncLog.objects.get()
    assert (log.added, log.cursor_before, log.cursor_after) == (len(linked_bank.ledger()), "", link.cursor)
    assert log.request_id
    assert log.finished_at >= log.started_at
