"""Rules 1, 2 and 5 of matching: known ids, settling and new rows."""

from decimal import Decimal

import pytest

from accounts.models import SourceRecord, Transaction, TransactionChange
from tests.accounts.conftest import BANK, Books, line


def test_new_lines_become_rows(books: Books):
    tally = books.post([line("a", 1, "5.00"), line("b", 2, "-12.50")])
    assert books.rows() == [(1, "5.00"), (2, "-12.50")]
    assert (tally.added, tally.modified, tally.unchanged) == (2, 0, 0)


def test_second_coffee_of_the_day_is_a_row_of_its_own(books: Books):
    books.post([line("a", 1, "4.50"), line("b", 1, "4.50")])
    books.post([line("c", 1, "4.50")])
    assert books.rows() == [(1, "4.50")] * 3


def test_posting_the_same_again_writes_no_row(books: Books, django_assert_num_queries):
    lines = [line(str(number), number, "5.00") for number in range(1, 20)]
    books.post(lines)
    before = list(Transaction.objects.order_by("id").values())
    tally = books.post(lines)
    assert (tally.added, tally.modified, tally.unchanged) == (0, 0, 19)
    assert list(Transaction.objects.order_by("id").values()) == before
    assert not TransactionChange.objects.exists()


def test_a_changed_line_changes_its_row_and_remembers_what_it_was(books: Books):
    books.post([line("a", 1, "5.00", "SQ *COFFEE")])
    tally = books.post([line("a", 2, "5.50", "SQ *COFFEE HOUSE")])
    assert books.rows() == [(2, "5.50")]
    assert tally.modified == 1
    change = books.row("a").changes.get()
    assert change.kind == "updated"
    assert change.before == {"date": "2026-03-01", "amount": "5.0000", "bank_description": "SQ *COFFEE"}
    assert change.after == {"date": "2026-03-02", "amount": "5.50", "bank_description": "SQ *COFFEE HOUSE"}


def test_user_words_survive_whatever_the_bank_sends(books: Books):
    books.post([line("a", 1, "5.00", "STARBUCKS #12345 SAN FRANCISCO CA")])
    books.row("a").edit(description="Coffee with Mom", notes="her birthday")
    books.row("a").edit(merchant_name="")
    books.post([line("a", 1, "6.00", "STARBUCKS #999", merchant="Starbucks")])
    row = books.row("a")
    assert (row.shown_description, row.shown_merchant, row.notes) == ("Coffee with Mom", "", "her birthday")
    assert (row.amount, row.bank_description) == (Decimal(6), "STARBUCKS #999")


@pytest.mark.parametrize("choice", ["stage", "confirm"])
def test_staging_and_confirming_freeze_the_words_that_the_row_shows(books: Books, choice: str):
    books.post([line("a", 1, "5.00", "STARBUCKS #12345", merchant="Starbucks")])
    row = books.row("a")
    row.stage(None) if choice == "stage" else row.confirm()
    books.post([line("a", 1, "5.00", "SBUX", merchant="SBX")])
    row = books.row("a")
    assert (row.shown_description, row.shown_merchant) == ("STARBUCKS #12345", "Starbucks")


def test_pending_settles_into_its_row_with_edits_kept(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.row("p").edit(notes="with Ann")
    tally = books.post([line("x", 3, "60.00", pending_id="p")], removed=["p"])
    assert books.rows() == [(3, "60.00")]
    row = books.row("x")
    assert row == books.row("p")
    assert (row.is_pending, row.notes) == (False, "with Ann")
    assert (tally.modified, tally.removed, tally.added) == (1, 0, 0)
    change = row.changes.get(kind="settled")
    assert change.reason == "Settled, was $50.00"
    assert change.before["amount"] == "50.0000"


def test_settling_works_when_the_removal_came_in_an_earlier_sync(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.row("p").edit(notes="with Ann")
    books.post(removed=["p"])
    assert books.rows() == []
    assert len(books.held("withdrawn_but_edited")) == 1
    books.post([line("x", 4, "50.00", pending_id="p")])
    assert books.rows() == [(4, "50.00")]
    assert books.row("x").notes == "with Ann"
    assert books.held("withdrawn_but_edited") == []


def test_a_removed_superseded_id_changes_nothing(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.post([line("x", 2, "50.00", pending_id="p")])
    tally = books.post(removed=["p"])
    assert tally.removed == 0
    assert books.rows() == [(2, "50.00")]


def test_split_shipment_first_part_takes_the_row_second_is_new(books: Books):
    books.post([line("p", 1, "80.00", is_pending=True)])
    books.row("p").edit(notes="books")
    books.post([line("x", 2, "30.00", pending_id="p"), line("y", 2, "50.00", pending_id="p")], removed=["p"])
    assert books.rows() == [(2, "30.00"), (2, "50.00")]
    assert books.row("x").notes == "books"


def test_split_shipment_over_two_syncs(books: Books):
    books.post([line("p", 1, "80.00", is_pending=True)])
    books.post([line("x", 2, "30.00", pending_id="p")], removed=["p"])
    books.post([line("y", 6, "50.00", pending_id="p")])
    assert books.rows() == [(2, "30.00"), (6, "50.00")]
    assert books.row("x") != books.row("y")


def test_a_pending_row_never_becomes_a_posted_one_by_likeness(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.post([line("x", 1, "50.00")])
    assert books.rows() == [(1, "50.00")] * 2


def test_ids_are_compared_with_case(books: Books):
    books.post([line("Ab", 1, "5.00"), line("aB", 1, "5.00")])
    assert len(books.rows()) == 2


def test_a_line_sent_back_after_its_removal_restores_its_row(books: Books):
    books.post([line("a", 1, "5.00")])
    row_id = books.row("a").pk
    books.post(removed=["a"])
    assert books.rows() == []
    books.post([line("a", 1, "5.00")])
    assert books.rows() == [(1, "5.00")]
    assert books.row("a").pk == row_id
    assert [change.kind for change in books.row("a").changes.all()] == ["withdrawn", "restored"]


def test_removal_of_an_unknown_id_is_no_error(books: Books):
    assert books.post(removed=["never-seen"]).removed == 0


def test_a_removed_row_with_edits_is_kept_aside_and_listed(books: Books):
    books.post([line("a", 1, "5.00")])
    books.row("a").edit(notes="keep me")
    tally = books.post(removed=["a"])
    assert (tally.removed, tally.held) == (1, 1)
    row = books.row("a")
    assert (row.removal_reason, row.notes) == ("bank", "keep me")
    assert books.held("withdrawn_but_edited")[0].candidate == row


def test_a_row_that_the_user_removed_matches_and_stays_removed(books: Books):
    books.post([line("a", 1, "5.00")])
    Transaction.objects.filter(pk=books.row("a").pk).update(removed_at=books.now, removal_reason="user")
    books.post([line("a", 1, "5.00", "changed")])
    books.post([line("n", 1, "5.00")], feed="plaid:second-link")
    assert books.rows() == []
    assert Transaction.objects.count() == 1


def test_every_id_names_exactly_one_row(books: Books):
    books.post([line("p", 1, "5.00", is_pending=True), line("q", 1, "5.00", is_pending=True)])
    books.post([line("x", 1, "5.00", pending_id="p"), line("y", 1, "5.00", pending_id="q")], removed=["p", "q"])
    assert books.row("x") == books.row("p") != books.row("y") == books.row("q")
    assert SourceRecord.objects.filter(feed=BANK, state="superseded").count() == 2


def test_two_names_of_one_pending_row_that_both_settle_are_two_purchases(books: Books):
    """The bank renamed a pending row and then settles the old name and the new one: the first takes the row."""
    books.post([line("hold", 1, "5.00", is_pending=True)])
    books.post(removed=["hold"])
    books.post([line("hold again", 1, "5.00", is_pending=True)])
    assert books.row("hold again") == books.row("hold")
    posted = [line("one", 2, "5.00", pending_id="hold"), line("two", 3, "5.00", pending_id="hold again")]
    books.post(posted, removed=["hold again"])
    assert books.rows() == [(2, "5.00"), (3, "5.00")]
    current = SourceRecord.objects.filter(account=books.account, state="current")
    assert sorted(current.values_list("external_id", flat=True)) == ["one", "two"]
