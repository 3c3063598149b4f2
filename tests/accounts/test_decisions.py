"""What a person decides about possible duplicates and withdrawn rows, and how it is taken back."""

import pytest

from accounts import decisions, set_aside
from accounts.holding import CannotDecide
from accounts.merging import CannotMerge, CannotUnmerge, unmerge
from accounts.models import HeldLine, SourceRecord, SyncLog, Transaction
from accounts.undo import undo
from categories.models import Category
from tests.accounts.conftest import BANK, Books, line
from tests.accounts.test_undo import dump


def held_pair(books: Books) -> HeldLine:
    """A file's row of day 1 and the bank's of day 4, listed as a possible duplicate."""
    books.import_file(line("", 1, "5.00", "FILE WORDS"))
    books.post([line("a", 4, "5.00", "BANK WORDS")])
    [held] = books.held("possible_duplicate")
    return held


def withdrawn_row(books: Books, **facts: object) -> HeldLine:
    """A row with a note that the bank has withdrawn."""
    books.post([line("a", 1, "5.00", **facts)])
    books.row("a").edit(notes="mine")
    books.post(removed=["a"])
    [held] = books.held("withdrawn_but_edited")
    return held


# Two rows


def test_same_purchase_taken_back_leaves_the_two_as_they_were_and_listed(books: Books):
    held = held_pair(books)
    before = books.rows(), HeldLine.objects.get()
    decisions.same_purchase(held, now=books.now)
    assert books.held("possible_duplicate") == []
    decisions.take_back(held, now=books.now)
    assert (books.rows(), HeldLine.objects.get()) == before
    [listed] = books.held("possible_duplicate")
    assert listed.candidate.bank_description == "FILE WORDS"
    assert {row.bank_description for row in decisions.rows_of(listed)} == {"FILE WORDS", "BANK WORDS"}


def test_same_purchase_can_be_decided_again_after_it_was_taken_back(books: Books):
    held = held_pair(books)
    for _ in range(2):
        decisions.same_purchase(held, now=books.now)
        assert books.rows() == [(4, "5.00")]
        decisions.take_back(held, now=books.now)
    assert books.rows() == [(1, "5.00"), (4, "5.00")]


def test_a_merge_that_was_taken_apart_is_listed_once_and_can_be_decided_again(books: Books):
    books.post([line("a", 1, "5.00")])
    books.import_file(line("", 2, "5.00"))
    unmerge(books.row("a").changes.get(kind="merged"), now=books.now)
    [held] = HeldLine.objects.all()
    assert held.decision == HeldLine.Decision.DIFFERENT
    decisions.take_back(held, now=books.now)
    assert books.held("possible_duplicate") == [held]
    decisions.same_purchase(held, now=books.now)
    assert books.rows() == [(1, "5.00")]


def test_a_merge_by_hand_that_is_taken_apart_leaves_one_remembered_pair(books: Books):
    change = decisions.same_purchase(held_pair(books), now=books.now)
    unmerge(change, now=books.now)
    [held] = HeldLine.objects.all()
    assert held.decision == HeldLine.Decision.DIFFERENT


def test_two_purchases_are_not_asked_about_again_from_the_other_side(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.import_file(line("", 2, "60.00", "FILE WORDS"))
    books.post([line("x", 2, "60.00", pending_id="p")], removed=["p"])
    unmerge(books.row("x").changes.get(kind="merged"), now=books.now)
    books.post([line("x", 3, "60.00")])
    assert books.rows() == [(2, "60.00"), (3, "60.00")]
    assert books.held("possible_duplicate") == []


def test_what_is_one_row_already_can_not_be_called_two_purchases(books: Books):
    held = held_pair(books)
    decisions.same_purchase(held, now=books.now)
    with pytest.raises(CannotDecide):
        decisions.two_purchases(held, now=books.now)
    held.refresh_from_db()
    assert held.decision == HeldLine.Decision.SAME


def test_two_who_decide_at_once_get_a_sentence(books: Books):
    held = held_pair(books)
    seen_by_another = HeldLine.objects.get()
    decisions.same_purchase(held, now=books.now)
    with pytest.raises(CannotMerge):
        decisions.same_purchase(seen_by_another, now=books.now)
    HeldLine.objects.all().delete()
    with pytest.raises(CannotDecide):
        decisions.two_purchases(seen_by_another, now=books.now)


def test_a_purchase_never_vanishes_into_a_withdrawn_row(books: Books):
    held = held_pair(books)
    books.post(removed=["a"])
    decisions.same_purchase(held, now=books.now)
    assert books.rows() == [(1, "5.00")]
    decisions.take_back(held, now=books.now)
    assert books.rows() == [(1, "5.00")]
    assert Transaction.objects.count() == 2


def test_what_no_longer_counts_on_both_sides_is_not_asked_about(books: Books):
    held = held_pair(books)
    Transaction.objects.update(removed_at=books.now, removal_reason="bank")
    assert not HeldLine.objects.pairs().exists()
    with pytest.raises(CannotMerge):
        decisions.same_purchase(held, now=books.now)


def test_a_merge_can_be_taken_apart_after_a_category_was_deleted(books: Books):
    category = Category.objects.create(short_desc="coffee-out", display_name="Coffee out")
    held = held_pair(books)
    imported = Transaction.objects.get(source="csv:chase")
    imported.stage(category)
    Transaction.objects.filter(pk=imported.pk).update(predicted_category=category)
    decisions.same_purchase(held, now=books.now)
    category.delete()
    decisions.take_back(held, now=books.now)
    imported.refresh_from_db()
    assert (imported.category, imported.predicted_category, imported.description) == (None, None, "FILE WORDS")


def test_an_edited_row_that_is_left_without_a_line_goes_to_review(books: Books):
    books.post([line("a", 1, "5.00")])
    books.row("a").edit(notes="mine")
    books.post([line("b", 1, "5.00")], removed=["a"])
    row = books.row("b")
    unmerge(row.changes.get(kind="merged"), now=books.now)
    assert [held.candidate for held in books.held("withdrawn_but_edited")] == [row]


# Rows that were withdrawn


def test_a_restored_row_counts_again_as_an_entry_of_ones_own(books: Books):
    row = set_aside.restore(withdrawn_row(books), now=books.now)
    assert books.rows() == [(1, "5.00")]
    assert (row.source, row.notes) == ("manual", "mine")
    assert [record.feed for record in row.records.filter(state="current")] == ["manual"]
    assert row.changes.latest("id").kind == "restored"
    assert books.held("withdrawn_but_edited") == []


def test_restoring_can_be_taken_back(books: Books):
    held = withdrawn_row(books)
    before = Transaction.objects.values().get(), SourceRecord.objects.values().get()
    set_aside.restore(held, now=books.now)
    set_aside.take_back(held)
    assert (Transaction.objects.values().get(), SourceRecord.objects.values().get()) == before
    assert books.held("withdrawn_but_edited") == [held]


def test_a_restored_pending_row_is_pending_no_more(books: Books):
    held = withdrawn_row(books, is_pending=True)
    assert not set_aside.restore(held, now=books.now).is_pending
    set_aside.take_back(held)
    assert Transaction.objects.get().is_pending


def test_the_bank_may_send_a_restored_row_again(books: Books):
    held = withdrawn_row(books)
    set_aside.restore(held, now=books.now)
    books.post([line("a", 1, "6.00", "AGAIN")])
    row = books.row("a")
    assert books.rows() == [(1, "6.00")]
    assert (row.source, row.bank_description, row.notes) == (BANK, "AGAIN", "mine")
    with pytest.raises(CannotDecide):
        set_aside.take_back(held)
    books.post(removed=["a"])
    assert books.rows() == [(1, "6.00")]


def test_a_restored_row_is_found_when_the_bank_sends_it_under_another_id(books: Books):
    set_aside.restore(withdrawn_row(books), now=books.now)
    books.post([line("b", 1, "5.00")])
    assert books.rows() == [(1, "5.00")]
    assert books.row("b").notes == "mine"


def test_a_row_that_is_let_go_stays_out_of_the_books_until_that_is_taken_back(books: Books):
    held = withdrawn_row(books)
    before = dump()
    set_aside.let_go(held, now=books.now)
    assert books.rows() == []
    assert books.held("withdrawn_but_edited") == []
    set_aside.take_back(held)
    assert dump() == before


def test_what_the_bank_has_sent_again_needs_no_restoring(books: Books):
    held = withdrawn_row(books)
    books.post([line("a", 1, "5.00")])
    with pytest.raises(CannotDecide):
        set_aside.restore(held, now=books.now)
    assert SourceRecord.objects.count() == 1


# What happens to the sources afterwards


def test_a_row_merged_by_hand_says_again_what_the_file_said_when_the_bank_withdraws_it(books: Books):
    decisions.same_purchase(held_pair(books), now=books.now)
    books.post(removed=["a"])
    row = Transaction.objects.get()
    assert books.rows() == [(1, "5.00")]
    assert (row.source, row.bank_description) == ("csv:chase", "FILE WORDS")


def test_a_row_merged_by_hand_says_again_what_the_other_file_said_when_its_import_is_undone(books: Books):
    books.import_file(line("", 1, "5.00", "CSV WORDS"))
    books.import_file(line("fit-1", 4, "5.00", "OFX WORDS"), feed="ofx")
    run = SyncLog.objects.latest("id")
    decisions.same_purchase(HeldLine.objects.get(), now=books.now)
    undo(run, vouchers={}, now=books.now)
    row = Transaction.objects.get()
    assert books.rows() == [(1, "5.00")]
    assert (row.source, row.bank_description) == ("csv:chase", "CSV WORDS")


def test_a_merge_whose_import_was_undone_can_not_be_taken_back(books: Books):
    held = held_pair(books)
    run = SyncLog.objects.earliest("id")
    decisions.same_purchase(held, now=books.now)
    undo(run, vouchers={}, now=books.now)
    before = dump()
    with pytest.raises(CannotUnmerge):
        decisions.take_back(held, now=books.now)
    assert dump() == before
    assert books.rows() == [(4, "5.00")]


def test_two_who_decide_at_once_do_not_get_in_each_others_way(books: Books):
    held = held_pair(books)
    HeldLine.objects.create(
        account=books.account,
        feed="csv:chase",
        external_id=held.candidate.records.get().external_id,
        reason="possible_duplicate",
        candidate=books.row("a"),
    )
    first, second = HeldLine.objects.pairs().order_by("id")
    decisions.same_purchase(first, now=books.now)
    with pytest.raises(CannotMerge):
        decisions.same_purchase(second, now=books.now)
    decisions.take_back(first, now=books.now)
    assert books.rows() == [(1, "5.00"), (4, "5.00")]


@pytest.mark.parametrize("notes", ["", "mine"])
def test_undo_of_an_import_leaves_no_row_that_the_bank_has_withdrawn_meanwhile(books: Books, notes: str):
    books.post([line("a", 1, "5.00")])
    books.row("a").edit(notes=notes)
    books.import_file(line("", 1, "5.00"))
    run = SyncLog.objects.latest("id")
    books.post(removed=["a"])
    undone = undo(run, vouchers={}, now=books.now)
    row = Transaction.objects.get()
    assert (row.removal_reason, row.notes) == ("bank", notes)
    assert (undone.removed, undone.kept_apart) == ((0, [row.pk]) if notes else (1, []))
    assert [held.candidate for held in books.held("withdrawn_but_edited")] == ([row] if notes else [])


def test_a_merge_that_an_undo_took_away_meanwhile_is_refused_in_words(books: Books):
    books.post([line("a", 1, "5.00")])
    books.import_file(line("", 1, "5.00"))
    change = books.row("a").changes.get(kind="merged")
    undo(SyncLog.objects.latest("id"), vouchers={}, now=books.now)
    with pytest.raises(CannotUnmerge):
        unmerge(change, now=books.now)
