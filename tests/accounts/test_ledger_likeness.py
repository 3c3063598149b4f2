"""Rules 3 and 4 of matching: the same purchase from several sources, and lines sent again."""

from datetime import timedelta

from accounts.lines import UnpostableLine
from accounts.models import SourceRecord, Transaction
from tests.accounts.conftest import BANK, Books, line

RELINK = "plaid:second-link"


def test_file_then_bank_is_one_row_that_the_bank_owns(books: Books):
    books.import_file(line("", 1, "5.00", "COFFEE"))
    tally = books.post([line("a", 2, "5.00", "SQ *COFFEE HOUSE")])
    assert books.rows() == [(2, "5.00")]
    assert tally.merged == 1
    row = books.row("a")
    assert (row.source, row.bank_description) == (BANK, "SQ *COFFEE HOUSE")
    assert row.changes.get().reason == "Same purchase as known from a CSV file: same amount, 1 day apart"


def test_bank_then_file_is_one_row_that_keeps_the_banks_words(books: Books):
    books.post([line("a", 2, "5.00", "SQ *COFFEE HOUSE")])
    tally = books.import_file(line("", 1, "5.00", "COFFEE"))
    assert books.rows() == [(2, "5.00")]
    assert tally.merged == 1
    assert books.row("a").bank_description == "SQ *COFFEE HOUSE"


def test_edits_of_an_imported_row_survive_the_bank(books: Books):
    books.import_file(line("", 1, "5.00", "COFFEE"))
    Transaction.objects.get().edit(description="Coffee with Mom")
    books.post([line("a", 1, "5.00", "SQ *COFFEE HOUSE")])
    assert books.row("a").shown_description == "Coffee with Mom"


def test_three_days_apart_stay_two_rows_and_are_listed(books: Books):
    books.import_file(line("", 1, "5.00"))
    tally = books.post([line("a", 4, "5.00")])
    assert books.rows() == [(1, "5.00"), (4, "5.00")]
    assert (tally.added, tally.held) == (1, 1)
    held = books.held("possible_duplicate")[0]
    assert (held.external_id, held.candidate.date.day) == ("a", 1)


def test_a_possible_duplicate_is_listed_once_and_not_again_after_a_decision(books: Books):
    books.import_file(line("", 1, "5.00"))
    books.post([line("a", 4, "5.00")])
    held = books.held("possible_duplicate")[0]
    held.resolved_at = books.now
    held.save()
    books.post([line("a", 4, "5.00")])
    assert books.held("possible_duplicate") == []


def test_identical_rows_of_one_file_are_that_many_purchases(books: Books):
    books.import_file(line("", 1, "4.50"), line("", 1, "4.50"))
    assert books.rows() == [(1, "4.50")] * 2


def test_an_overlapping_file_adds_only_what_is_new(books: Books):
    books.import_file(line("", 1, "4.50"), line("", 1, "4.50"), line("", 2, "9.00"))
    tally = books.import_file(line("", 1, "4.50"), line("", 1, "4.50"), line("", 2, "9.00"), line("", 3, "4.50"))
    assert (tally.added, tally.unchanged) == (1, 3)
    assert len(books.rows()) == 4


def test_coffee_on_two_consecutive_days_in_two_files_stays_two(books: Books):
    books.import_file(line("", 1, "4.50"))
    books.import_file(line("", 2, "4.50"))
    assert books.rows() == [(1, "4.50"), (2, "4.50")]


def test_coffees_on_consecutive_days_pair_by_day_with_the_bank(books: Books):
    books.import_file(line("", 1, "4.50"), line("", 2, "4.50"))
    tally = books.post([line("a", 2, "4.50"), line("b", 1, "4.50")])
    assert books.rows() == [(1, "4.50"), (2, "4.50")]
    assert tally.merged == 2


def test_bank_has_three_where_the_file_has_two(books: Books):
    books.import_file(line("", 1, "4.50"), line("", 1, "4.50"))
    tally = books.post([line(name, 1, "4.50") for name in "abc"])
    assert books.rows() == [(1, "4.50")] * 3
    assert (tally.merged, tally.added) == (2, 1)


def test_lines_of_one_feed_never_match_each_other(books: Books):
    books.post([line("a", 1, "4.50")])
    books.post([line("b", 1, "4.50")])
    books.post([line("c", 2, "4.50")])
    assert len(books.rows()) == 3


def test_another_currency_never_matches(books: Books):
    books.import_file(line("", 1, "4.50", currency="EUR"))
    books.post([line("a", 1, "4.50")])
    assert len(books.rows()) == 2


def test_a_refund_never_matches_its_purchase(books: Books):
    books.import_file(line("", 1, "30.00"))
    books.post([line("a", 1, "-30.00")])
    assert books.rows() == [(1, "-30.00"), (1, "30.00")]


def test_the_same_amount_in_another_account_never_matches(books: Books):
    books.post([line("a", 1, "4.50")])
    other = Books(type(books.account).objects.create(name="Savings"))
    other.post([line("b", 1, "4.50")], feed="plaid:other")
    assert len(books.rows()) == len(other.rows()) == 1


def test_file_twin_of_a_tip_merges_when_the_pending_row_settles(books: Books):
    books.post([line("p", 1, "50.00", "BISTRO", is_pending=True)])
    books.import_file(line("", 2, "60.00", "BISTRO TIP"))
    assert len(books.rows()) == 2
    tally = books.post([line("x", 2, "60.00", "BISTRO", pending_id="p")], removed=["p"])
    assert books.rows() == [(2, "60.00")]
    assert (tally.modified, tally.merged) == (1, 1)
    merge = books.row("x").changes.get(kind="merged")
    assert merge.before["absorbed"]["amount"] == "60.0000"
    assert books.import_file(line("", 2, "60.00", "BISTRO TIP")).unchanged == 1


def test_the_twin_of_a_tip_brings_its_edits(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.import_file(line("", 2, "60.00"))
    Transaction.objects.get(source="csv:chase").edit(notes="team dinner")
    books.post([line("x", 2, "60.00", pending_id="p")], removed=["p"])
    assert books.row("x").notes == "team dinner"


def test_two_possible_twins_of_a_tip_are_only_suggested(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.import_file(line("", 2, "60.00"), line("", 2, "60.00"))
    books.post([line("x", 2, "60.00", pending_id="p")], removed=["p"])
    assert books.rows() == [(2, "60.00")] * 3
    assert len(books.held("possible_duplicate")) == 1


def test_a_row_that_the_user_removed_takes_no_twin_along(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.import_file(line("", 2, "60.00"))
    Transaction.objects.filter(source="plaid:first-link").update(removed_at=books.now, removal_reason="user")
    books.post([line("x", 2, "60.00", pending_id="p")], removed=["p"])
    assert books.rows() == [(2, "60.00")]


def test_twins_that_are_both_edited_are_left_to_the_user(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.row("p").edit(notes="with Ann")
    books.import_file(line("", 2, "60.00"))
    Transaction.objects.get(source="csv:chase").edit(notes="team dinner")
    books.post([line("x", 2, "60.00", pending_id="p")], removed=["p"])
    assert len(books.rows()) == 2
    assert len(books.held("possible_duplicate")) == 1


def test_a_row_that_a_file_vouches_for_survives_its_removal_at_the_bank(books: Books):
    books.import_file(line("", 1, "5.00", "COFFEE"))
    books.post([line("a", 2, "5.00", "SQ *COFFEE HOUSE")])
    tally = books.post(removed=["a"])
    assert tally.removed == 0
    assert books.rows() == [(1, "5.00")]
    row = Transaction.objects.get()
    assert (row.source, row.bank_description) == ("csv:chase", "COFFEE")


def test_a_withdrawn_row_that_the_bank_sends_under_another_id_is_the_same_row(books: Books):
    books.post([line("a", 1, "5.00")])
    books.row("a").edit(notes="mine")
    tally = books.post([line("b", 1, "5.00")], removed=["a"])
    assert books.rows() == [(1, "5.00")]
    assert (tally.merged, tally.removed) == (1, 0)
    assert books.row("b").notes == "mine"


def test_churn_is_remembered_for_fourteen_days_and_no_longer(books: Books):
    books.post([line("a", 1, "5.00"), line("b", 9, "7.00")])
    books.post(removed=["a"])
    Transaction.objects.filter(removed_at__isnull=False).update(removed_at=books.now.replace(day=1, month=3))
    books.post(removed=["b"])
    books.post([line("c", 1, "5.00"), line("d", 9, "7.00")])
    assert books.row("c") != books.row("a")
    assert books.row("d") == books.row("b")


def test_a_removal_whose_successor_is_held_keeps_the_row(books: Books):
    books.post([line("p", 1, "50.00", is_pending=True)])
    broken = UnpostableLine("x", {"amount": None}, "malformed", "The amount is missing", pending_id="p")
    tally = books.post(removed=["p"], unpostable=[broken])
    assert books.rows() == [(1, "50.00")]
    assert (tally.removed, tally.held) == (0, 1)
    books.post([line("x", 2, "50.00", pending_id="p")])
    assert books.rows() == [(2, "50.00")]
    assert books.held("malformed") == []


def test_a_broken_line_is_held_once_however_often_it_comes(books: Books):
    broken = UnpostableLine("x", {"amount": None}, "malformed", "The amount is missing")
    books.post(unpostable=[broken])
    books.post(unpostable=[broken])
    assert len(books.held("malformed")) == 1


def test_reset_with_the_same_ids_changes_nothing_and_moves_the_records(books: Books):
    lines = [line(name, day, "5.00") for name, day in (("a", 1), ("b", 1), ("c", 9))]
    books.post(lines)
    tally = books.post(lines, feed=RELINK, completes_history=True)
    assert (tally.added, tally.modified, tally.removed, tally.merged, tally.unchanged) == (0, 0, 0, 0, 3)
    assert books.rows() == [(1, "5.00"), (1, "5.00"), (9, "5.00")]
    assert set(Transaction.objects.values_list("source", flat=True)) == {RELINK}
    assert set(SourceRecord.objects.values_list("feed", flat=True)) == {RELINK}


def test_relink_with_new_ids_adds_nothing_and_keeps_edits(books: Books):
    books.post([line(name, day, "5.00") for name, day in (("a", 1), ("b", 1), ("c", 9), ("d", 20))])
    books.row("a").edit(notes="first")
    new = [line(name, day, "5.00") for name, day in (("s", 1), ("t", 1), ("u", 9), ("v", 20))]
    tally = books.post(new, feed=RELINK, completes_history=True)
    assert (tally.added, tally.merged, tally.removed) == (0, 4, 0)
    assert Transaction.objects.get(notes="first").removed_at is None
    again = books.post(new, feed=RELINK)
    assert (again.unchanged, again.merged) == (4, 0)


def test_relink_takes_over_pending_rows_and_drops_those_without_successor(books: Books):
    books.post([line("p", 20, "8.00", is_pending=True), line("q", 21, "9.00", is_pending=True), line("a", 1, "5.00")])
    books.row("p").edit(notes="mine")
    tally = books.post(
        [line("r", 20, "8.00", is_pending=True), line("b", 1, "5.00"), line("c", 22, "9.00")],
        feed=RELINK,
        completes_history=True,
    )
    assert books.rows() == [(1, "5.00"), (20, "8.00"), (22, "9.00")]
    assert books.row("r", RELINK).notes == "mine"
    assert tally.removed == 1


def test_a_replay_judges_only_rows_two_days_inside_what_it_sent(books: Books):
    books.post([line(f"old-{day}", day, f"{day}.00") for day in (1, 4, 6, 15, 27, 29, 31)])
    books.post([line("s", 3, "3.33"), line("t", 15, "15.00")], feed=RELINK)
    assert (6, "6.00") in books.rows()
    tally = books.post([line("u", 30, "30.00")], feed=RELINK, completes_history=True)
    assert [day for day, _ in books.rows()] == [1, 3, 4, 15, 29, 30, 31]
    assert tally.removed == 2


def test_a_ghost_inside_the_replay_is_swept_and_listed_if_edited(books: Books):
    books.post([line("a", 1, "1.00"), line("ghost", 10, "66.00"), line("b", 20, "2.00")])
    books.row("ghost").edit(notes="mine")
    tally = books.post([line("s", 1, "1.00"), line("t", 20, "2.00")], feed=RELINK, completes_history=True)
    assert books.rows() == [(1, "1.00"), (20, "2.00")]
    assert (tally.removed, tally.held) == (1, 1)


def test_after_a_relink_a_removal_takes_the_row_away(books: Books):
    books.post([line("a", 1, "5.00")])
    books.post([line("s", 1, "5.00")], feed=RELINK)
    books.post(removed=["s"], feed=RELINK)
    assert books.rows() == []


def test_an_old_id_that_comes_late_in_a_replay_is_not_lost_to_a_likeness(books: Books):
    books.post([line("old", 1, "5.00")])
    books.post([line("new", 2, "5.00")], feed=RELINK)
    books.post([line("old", 1, "5.00"), line("new", 2, "5.00")], feed=RELINK, completes_history=True)
    assert books.rows() == [(1, "5.00"), (2, "5.00")]


def test_the_better_source_owns_the_words_whatever_the_order(books: Books):
    books.import_file(line("", 1, "5.00", "CSV WORDS"))
    books.import_file(line("fit-1", 1, "5.00", "OFX WORDS"), feed="ofx")
    assert Transaction.objects.get().bank_description == "OFX WORDS"
    books.import_file(line("", 1, "5.00", "QIF WORDS"), feed="qif")
    assert Transaction.objects.get().bank_description == "OFX WORDS"


def test_a_row_that_the_bank_sends_again_long_after_finds_what_a_file_brought_meanwhile(books: Books):
    books.post([line("a", 1, "5.00")])
    books.post(removed=["a"])
    books.now += timedelta(days=20)
    books.import_file(line("", 1, "5.00"))
    books.post([line("a", 1, "5.00")])
    assert books.rows() == [(1, "5.00")]


def test_among_equals_a_live_row_is_taken_before_a_withdrawn_one(books: Books):
    books.post([line("a", 1, "5.00"), line("b", 1, "5.00")])
    books.post(removed=["a"])
    books.import_file(line("", 1, "5.00"))
    assert books.rows() == [(1, "5.00")]
    assert books.row("b").removed_at is None
