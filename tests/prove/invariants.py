"""What must hold of bank and books, whatever happened before. Each raises AssertionError."""

from collections import Counter
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import Account, HeldLine, SourceRecord, SyncLog, Transaction
from accounts.proof import coverage_by_account, prove
from plaid_sync.emulator.bank import Row
from plaid_sync.emulator.cursors import decode
from plaid_sync.emulator.wire import money
from plaid_sync.models import LinkedAccount, SyncPage
from tests.prove.household import Household

Facts = tuple[object, ...]
_UNREAD = (HeldLine.Reason.MALFORMED, HeldLine.Reason.OTHER_ACCOUNT)


def the_cursor_is_never_ahead(household: Household) -> None:
    """I4: the books, and what the bank has to tell after the stored cursor, make the bank's ledger."""
    linked = household.linked
    if linked is None or household.is_cursor_lost:
        return
    item = household.server.world.items[linked.item.item_id]
    start = decode(linked.cursor, item.item_id, household.at_bank).end if linked.cursor else 0
    told = {bank_id: _facts_of(row) for bank_id, row in current_rows(linked).items()}
    at_bank = _at_bank(household)
    for kind, _account, bank_id in item.log.update(household.at_bank, start, item.log.head(household.at_bank)):
        told.pop(bank_id, None)
        if kind != "removed":
            told[bank_id] = at_bank[bank_id]
    _equal_but_for_unread(told, at_bank, household)


def books_equal_the_bank(household: Household) -> None:
    """I1, I2 and I6: each of the bank's ids is one live row with the bank's facts, or is held in sight."""
    linked = household.linked
    assert linked
    rows = current_rows(linked)
    _equal_but_for_unread({name: _facts_of(row) for name, row in rows.items()}, _at_bank(household), household)
    assert len({row.pk for row in rows.values()}) == len(rows), "two ids on one row"
    hidden = [row for row in rows.values() if row.removal_reason == Transaction.RemovalReason.BANK]
    assert not hidden, "a row that the bank has is out of the books"


def no_row_without_a_line(household: Household) -> None:
    """I9: live rows are those that some source names, and no source names one of its lines twice."""
    records = SourceRecord.objects.filter(account=household.account_id, state=SourceRecord.State.CURRENT)
    live = set(Transaction.objects.live().filter(account=household.account_id).values_list("pk", flat=True))
    assert live == set(records.values_list("transaction_id", flat=True))
    twice = [pair for pair, count in Counter(records.values_list("transaction_id", "feed")).items() if count > 1]
    assert not twice


def files_and_bank_agree(household: Household) -> None:
    """I9: a purchase that only one line of each file can be is on the bank's row, or the two are listed.

    A file that tells of one purchase under two names makes two rows, and another file's line is on either.
    """
    linked = household.linked
    assert linked
    by_purchase = {household.purchases[name]: row for name, row in current_rows(linked).items()}
    lines = Counter((each.feed, number) for each in household.imports for number in each.purchases.values())
    told_twice = {number for (_feed, number), count in lines.items() if count > 1}
    for imported in household.imports:
        records = SourceRecord.objects.filter(
            account=household.account_id, feed=imported.feed, state=SourceRecord.State.CURRENT
        ).select_related("transaction")
        for record in records.filter(external_id__in=imported.purchases):
            number = imported.purchases[record.external_id]
            row = by_purchase.get(number)
            if row is None or number in told_twice or not _is_unique(household, number):
                continue
            line = record.transaction
            is_same = (line.amount, line.is_pending) == (row.amount, row.is_pending)
            if line.pk == row.pk or not is_same or abs((line.date - row.date).days) > 2:
                continue
            assert HeldLine.objects.about(line, row).exists(), f"purchase {number} is there twice, unlisted"


def edits_survive(household: Household) -> None:
    """I5: an edit is on its purchase's row, or on a row that is listed for review."""
    linked = household.linked
    assert linked
    names = {row.pk: name for name, row in current_rows(linked).items()}
    for note, number in household.notes.items():
        rows = _with_note(household, note)
        assert rows, f"{note} is lost"
        for row in rows:
            if row.removed_at is not None:
                assert _is_listed(row), f"{note} is on a row that is gone and not listed"
            elif row.pk in names:
                other = household.purchases[names[row.pk]]
                looks_alike = household.amounts[other] & household.amounts[number]
                assert other == number or looks_alike, f"{note} is on purchase {other}"


def a_further_sync_writes_nothing(household: Household) -> None:
    """I3."""
    before = dump(household)
    outcome = household.sync()
    assert outcome
    log = outcome.log
    assert isinstance(log, SyncLog)
    assert (log.added, log.modified, log.removed, log.merged, log.held) == (0, 0, 0, 0, 0)
    assert dump(household) == before


def balances_agree(household: Household) -> None:
    """I7: the stored balance is the bank's, and with nothing held or doubled the opening balance proves the rest."""
    account = household.account
    at_bank = household.bank_account(household.at_bank)
    assert account.balance_current == money(at_bank.current), (account.balance_current, at_bank.current)
    is_plain = not HeldLine.objects.filter(account=account, reason__in=_UNREAD).exists()
    if is_plain and account.opening_date and not _has_other_rows(household):
        proof = prove(account, coverage_by_account(account.pk)[account.pk]) if household.rows() else None
        early = [row for row in household.rows() if row.date < account.opening_date]
        assert proof is None or early or proof.is_proven, proof


def runs_are_finished(household: Household) -> None:
    """I8: every run has an end."""
    open_runs = SyncLog.objects.filter(account=household.account_id).filter(Q(status="running") | Q(finished_at=None))
    assert not open_runs.exists()
    linked = household.linked
    assert linked
    assert (linked.lease_token, SyncPage.objects.count()) == ("", 0)


def the_log_tells_the_truth(household: Household, log: SyncLog) -> None:
    """I8: what a run says it did is what it did."""
    assert log.status != SyncLog.Status.RUNNING
    assert log.finished_at
    made = Transaction.objects.filter(account=household.account_id, created_by=log)
    assert log.added == made.count()
    gone = Transaction.objects.filter(account=household.account_id, removed_at=household.now)
    assert log.removed == gone.filter(removal_reason=Transaction.RemovalReason.BANK).count()


def no_secret_is_stored(household: Household) -> None:
    """I12: an access token is nowhere in the database but encrypted."""
    tokens = [item.access_token for item in household.server.world.items.values()]
    tables = [name for name in connection.introspection.django_table_names() if name.startswith(("acc", "plaid"))]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            cells = repr(cursor.fetchall())
            assert not [token for token in tokens if token in cells], table


def dump(household: Household) -> list[Any]:
    """The books of the account, but for who saw a line last."""
    rows = Transaction.objects.filter(account=household.account_id).order_by("pk").values_list()
    records = SourceRecord.objects.filter(account=household.account_id).order_by("pk")
    return [list(rows), list(records.values_list("transaction_id", "feed", "external_id", "state"))]


def current_rows(linked: LinkedAccount) -> dict[str, Transaction]:
    """The rows that the present feed names, by the bank's id."""
    records = SourceRecord.objects.filter(
        account=linked.account_id, feed=linked.feed, state=SourceRecord.State.CURRENT
    ).select_related("transaction")
    return {record.external_id: record.transaction for record in records}


def _at_bank(household: Household) -> dict[str, Facts]:
    return {row.transaction_id: _said(row) for row in household.rows()}


def _said(row: Row) -> Facts:
    return row.date, Decimal(row.cents) / 100, row.is_pending


def _facts_of(row: Transaction) -> Facts:
    return row.date, row.amount, row.is_pending


def _equal_but_for_unread(told: dict[str, Facts], at_bank: dict[str, Facts], household: Household) -> None:
    """Equal, but for what waits in sight because the bank sent it unreadably and has not sent it again.

    A pending row stays as long as what it settled into is such a line.
    """
    unread = HeldLine.objects.open().filter(account=household.account_id, reason__in=_UNREAD)
    names = set(unread.values_list("external_id", flat=True))
    nameless = unread.filter(external_id="").count()
    unsettled = {raw.get("pending_transaction_id") for raw in unread.values_list("raw", flat=True)} - at_bank.keys()
    wrong = {name for name in told.keys() | at_bank.keys() if told.get(name) != at_bank.get(name)} - names - unsettled
    assert wrong <= at_bank.keys(), "rows that the bank does not have"
    assert len(wrong) <= nameless, {name: (told.get(name), at_bank.get(name)) for name in wrong}


def _with_note(household: Household, note: str) -> list[Transaction]:
    rows = Transaction.objects.filter(account=household.account_id, notes__contains=note)
    return [row for row in rows if note in row.notes.split()]


def _is_listed(row: Transaction) -> bool:
    aside = HeldLine.objects.filter(candidate=row, reason=HeldLine.Reason.WITHDRAWN_BUT_EDITED)
    return aside.filter(Q(resolved_at=None) | ~Q(decision="")).exists()


def _is_unique(household: Household, number: int) -> bool:
    """Whether no other purchase ever cost the same."""
    own = household.amounts[number]
    return not any(own & others for each, others in household.amounts.items() if each != number)


def _has_other_rows(household: Household) -> bool:
    """Whether the books have rows that the bank does not name, or other openings than the bank's."""
    linked = household.linked
    assert linked
    live = Transaction.objects.live().filter(account=household.account_id).count()
    return live != len(current_rows(linked))


def nothing_is_left_of(account_id: int) -> None:
    """I11: a deleted account has no row anywhere."""
    assert not Account.objects.filter(pk=account_id).exists()
    for model in (Transaction, SourceRecord, HeldLine, SyncLog, LinkedAccount):
        assert not model.objects.filter(account=account_id).exists(), model
