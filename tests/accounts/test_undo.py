"""Undoing what a run brought in, taking merges apart, and what a person decides about possible duplicates."""

import json

import pytest
from django.core import serializers

from accounts import decisions
from accounts.lines import Delivery, identified
from accounts.merging import CannotMerge, CannotUnmerge, is_undoable, unmerge
from accounts.models import HeldLine, SourceRecord, SyncLog, Transaction, TransactionChange
from accounts.preview import Verdict, preview
from accounts.undo import undo
from tests.accounts.conftest import Books, line


def dump() -> list[dict]:
    """Every row of the books, but for the log of runs."""
    tables = (Transaction, SourceRecord, TransactionChange, HeldLine)
    return json.loads(serializers.serialize("json", [row for table in tables for row in table.objects.order_by("pk")]))


def last_run() -> SyncLog:
    return SyncLog.objects.latest("id")


def undo_last(books: Books, **vouchers: int):
    return undo(last_run(), vouchers=vouchers, now=books.now)


def test_undo_leaves_the_books_as_they_were(books: Books):
    books.post([line("a", 1, "5.00", "SQ *COFFEE"), line("b", 5, "7.00")])
    books.import_file(line("", 10, "1.00"), feed="qif")
    before = dump()
    books.import_file(line("", 1, "5.00"), line("", 6, "7.00"), line("", 10, "1.00"), line("", 20, "9.00"))
    assert dump() != before
    undone = undo_last(books)
    assert dump() == before
    assert (undone.removed, undone.untied, undone.kept_apart) == (1, 3, [])


def test_undo_keeps_aside_what_was_edited_since(books: Books):
    books.import_file(line("", 1, "5.00"), line("", 2, "6.00"))
    edited = Transaction.objects.get(amount=5)
    edited.edit(notes="mine")
    undone = undo_last(books)
    assert (undone.removed, undone.kept_apart) == (1, [edited.pk])
    edited.refresh_from_db()
    assert (edited.removal_reason, edited.notes) == ("bank", "mine")
    assert books.held("withdrawn_but_edited")[0].candidate == edited


def test_the_file_can_be_imported_again_after_its_undo_and_finds_its_edits(books: Books):
    lines = [line("", 1, "5.00"), line("", 2, "6.00")]
    books.import_file(*lines)
    Transaction.objects.get(amount=5).edit(notes="mine")
    undo_last(books)
    books.import_file(*lines)
    assert books.rows() == [(1, "5.00"), (2, "6.00")]
    assert Transaction.objects.get(amount=5).notes == "mine"
    assert books.held("withdrawn_but_edited") == []


def test_a_file_that_was_imported_again_can_be_undone_again(books: Books):
    lines = [line("", 1, "5.00"), line("", 2, "6.00")]
    books.import_file(*lines)
    Transaction.objects.get(amount=5).edit(notes="mine")
    undo_last(books)
    books.import_file(*lines)
    undone = undo_last(books)
    assert books.rows() == []
    assert (undone.removed, len(undone.kept_apart)) == (1, 1)
    assert Transaction.objects.get().notes == "mine"


def test_undo_of_an_import_that_the_bank_has_confirmed_keeps_the_row(books: Books):
    books.import_file(line("", 1, "5.00", "CSV WORDS"))
    run = last_run()
    books.post([line("a", 1, "5.00", "BANK WORDS")])
    undone = undo(run, vouchers={}, now=books.now)
    assert (undone.removed, undone.untied) == (0, 1)
    assert books.row("a").bank_description == "BANK WORDS"
    books.post(removed=["a"])
    assert books.rows() == []


def test_undo_keeps_a_row_that_the_bank_had_withdrawn_and_another_source_brought_too(books: Books):
    books.post([line("a", 1, "5.00")])
    books.post(removed=["a"])
    before = dump()
    books.import_file(line("", 1, "5.00"))
    first = last_run()
    books.import_file(line("fit-1", 1, "5.00"), feed="ofx")
    undo(first, vouchers={}, now=books.now)
    assert books.rows() == [(1, "5.00")]
    undo_last(books)
    assert books.rows() == []
    assert [row["pk"] for row in dump() if row["model"] == "accounts.transaction"] == [before[0]["pk"]]


def test_what_an_overlapping_file_brought_too_stays_and_is_that_files(books: Books):
    books.import_file(line("", 1, "5.00"), line("", 2, "6.00"))
    first = last_run()
    books.import_file(line("", 2, "6.00"), line("", 3, "7.00"))
    second = last_run()
    shared = SourceRecord.objects.get(transaction__amount=6).external_id
    undo(first, vouchers={shared: second.pk}, now=books.now)
    assert books.rows() == [(2, "6.00"), (3, "7.00")]
    undo(second, vouchers={}, now=books.now)
    assert books.rows() == []
    assert not Transaction.objects.exists()


def test_a_purchase_that_two_files_call_by_different_ids_is_listed_when_one_is_undone(books: Books):
    books.post([line("a", 1, "5.00")])
    books.import_file(line("fit-1", 1, "5.00"), feed="ofx")
    books.import_file(line("fit-2", 1, "5.00"), feed="ofx")
    assert books.held("possible_duplicate") == []  # for the files they are two purchases
    undo(SyncLog.objects.order_by("-id")[1], vouchers={}, now=books.now)
    assert books.rows() == [(1, "5.00"), (1, "5.00")]
    [listed] = books.held("possible_duplicate")
    assert {row.source for row in decisions.rows_of(listed)} == {"ofx", "plaid:first-link"}
    decisions.same_purchase(listed, now=books.now)
    assert books.rows() == [(1, "5.00")]


def test_undo_of_a_better_file_gives_the_row_back_to_the_first(books: Books):
    books.import_file(line("", 1, "5.00", "CSV WORDS"))
    before = dump()
    books.import_file(line("fit-1", 1, "5.00", "OFX WORDS"), feed="ofx")
    undo_last(books)
    assert dump() == before


def test_undo_of_a_changed_line_brings_its_words_back(books: Books):
    books.import_file(line("fit-1", 1, "5.00", "OLD"), feed="ofx")
    books.import_file(line("fit-1", 1, "5.00", "NEW"), feed="ofx")
    undo_last(books)
    assert books.row("fit-1", "ofx").bank_description == "OLD"


def test_a_merged_line_can_be_taken_apart(books: Books):
    books.post([line("a", 1, "5.00", "BANK WORDS")])
    books.import_file(line("", 2, "5.00", "CSV WORDS"))
    row = books.row("a")
    apart = unmerge(row.changes.get(kind="merged"), now=books.now)
    assert books.rows() == [(1, "5.00"), (2, "5.00")]
    assert (apart.bank_description, apart.source) == ("CSV WORDS", "csv:chase")
    books.import_file(line("", 2, "5.00", "CSV WORDS"))
    assert len(books.rows()) == 2


def test_a_row_that_the_bank_took_over_says_again_what_the_file_said(books: Books):
    books.import_file(line("", 2, "5.00", "CSV WORDS"))
    imported = Transaction.objects.get()
    imported.edit(notes="mine")
    books.post([line("a", 1, "5.00", "BANK WORDS")])
    apart = unmerge(imported.changes.get(kind="merged"), now=books.now)
    imported.refresh_from_db()
    assert (imported.bank_description, imported.source, imported.notes) == ("CSV WORDS", "csv:chase", "mine")
    assert (apart.bank_description, apart.notes) == ("BANK WORDS", "")
    assert books.row("a") == apart


def test_a_merge_is_taken_apart_only_once(books: Books):
    books.post([line("a", 1, "5.00")])
    books.import_file(line("", 2, "5.00"))
    change = books.row("a").changes.get(kind="merged")
    unmerge(change, now=books.now)
    change.refresh_from_db()
    assert not is_undoable(change)
    with pytest.raises(CannotUnmerge):
        unmerge(change, now=books.now)


def test_the_twin_of_a_tip_can_be_taken_apart_and_stays_apart(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.import_file(line("", 2, "60.00", "FILE WORDS"))
    twin = Transaction.objects.get(source="csv:chase")
    books.post([line("x", 2, "60.00", pending_id="p")], removed=["p"])
    apart = unmerge(books.row("x").changes.get(kind="merged"), now=books.now)
    assert (apart.pk, apart.bank_description) == (twin.pk, "FILE WORDS")
    books.post([line("x", 3, "60.00")])
    assert books.rows() == [(2, "60.00"), (3, "60.00")]


def test_same_purchase_makes_one_row_of_two_and_can_be_taken_back(books: Books):
    books.import_file(line("", 1, "5.00", "FILE WORDS"))
    Transaction.objects.get().edit(notes="mine")
    books.post([line("a", 4, "5.00", "BANK WORDS")])
    held = books.held("possible_duplicate")[0]
    change = decisions.same_purchase(held, now=books.now)
    assert books.rows() == [(4, "5.00")]
    assert books.row("a").notes == "mine"
    unmerge(change, now=books.now)
    assert books.rows() == [(1, "5.00"), (4, "5.00")]
    assert [row.notes for row in Transaction.objects.order_by("date")] == ["mine", ""]


def test_a_decision_is_made_once(books: Books):
    books.import_file(line("", 1, "5.00"))
    books.post([line("a", 4, "5.00")])
    held = books.held("possible_duplicate")[0]
    decisions.two_purchases(held, now=books.now)
    held.refresh_from_db()
    with pytest.raises(CannotMerge):
        decisions.same_purchase(held, now=books.now)
    assert books.held("possible_duplicate") == []
    decisions.reopen(held)
    assert len(books.held("possible_duplicate")) == 1


def test_words_of_both_rows_are_kept_when_a_person_merges_them(books: Books):
    books.import_file(line("", 1, "5.00"))
    Transaction.objects.get().edit(notes="from the file", description="Coffee with Mom")
    books.post([line("a", 4, "5.00")])
    books.row("a").edit(notes="from the bank")
    decisions.same_purchase(books.held("possible_duplicate")[0], now=books.now)
    row = books.row("a")
    assert (row.notes, row.description) == ("from the bank\nfrom the file", "Coffee with Mom")


def test_a_line_called_a_purchase_of_its_own_is_not_merged(books: Books):
    books.post([line("a", 1, "5.00")])
    [own] = identified([line("", 1, "5.00")])
    books.post_delivery(Delivery("csv:chase", [own], kept_apart=frozenset({own.external_id})))
    assert books.rows() == [(1, "5.00"), (1, "5.00")]


def test_preview_says_what_a_post_would_do_and_writes_nothing(books: Books):
    books.post([line("a", 1, "5.00", "BANK WORDS"), line("b", 10, "8.00")])
    books.import_file(line("", 20, "3.00"))
    lines = list(identified([line("", 2, "5.00"), line("", 14, "8.00"), line("", 20, "3.00"), line("", 25, "1.00")]))
    before = dump()
    findings = preview(books.account, Delivery("csv:chase", lines), now=books.now)
    assert dump() == before
    assert [finding.verdict for finding in findings] == [Verdict.SAME, Verdict.DOUBTFUL, Verdict.KNOWN, Verdict.NEW]
    assert findings[0].row.bank_description == "BANK WORDS"
    assert findings[0].reason == "Same amount, 1 day apart"
