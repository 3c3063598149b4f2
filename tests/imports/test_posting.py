"""A file on its way into the books and back."""

import datetime
import json
from dataclasses import replace

import pytest
from django.core import serializers
from django.test import Client
from django.utils import timezone

from accounts.models import HeldLine, SourceRecord, SyncLog, Transaction, TransactionChange
from imports import posting, steps, tasks
from imports.models import ColumnProfile, ImportBatch, ImportFile
from imports.reading import Refused
from imports.receiving import adopt, reading_of, reread
from tests.accounts.conftest import Books, line
from tests.household import make_account
from tests.imports.conftest import COFFEES, Desk, card_file

pytestmark = pytest.mark.django_db


def dump() -> list[dict]:
    """Every row of the books, but for the log of runs."""
    tables = (Transaction, SourceRecord, TransactionChange, HeldLine)
    return json.loads(serializers.serialize("json", [row for table in tables for row in table.objects.order_by("pk")]))


def test_equal_rows_of_a_file_are_as_many_purchases(desk: Desk) -> None:
    batch = desk.bring_in()
    assert desk.rows() == [(1, "4.50"), (1, "4.50"), (2, "30.00")]
    assert (batch.run.added, batch.run.trigger, batch.run.source, batch.run.status) == (3, "import", "csv", "success")


def test_the_same_file_adds_nothing_the_second_time(desk: Desk) -> None:
    desk.bring_in()
    again = desk.bring_in()
    assert (again.run.added, again.run.unchanged) == (0, 3)
    assert len(desk.rows()) == 3


def test_an_overlapping_file_adds_only_what_is_new(desk: Desk) -> None:
    desk.bring_in()
    more = desk.bring_in(card_file((1, "COFFEE HOUSE", "-4.50"), (2, "GROCER", "-30.00"), (3, "BOOKS", "-12.00")))
    assert (more.run.added, more.run.unchanged) == (1, 2)
    assert desk.rows() == [(1, "4.50"), (1, "4.50"), (2, "30.00"), (3, "12.00")]


def test_undo_leaves_the_books_as_they_were(desk: Desk) -> None:
    Books(desk.account).post([line("a", 2, "30.00", "GROCER AT THE CORNER"), line("b", 9, "1.00")])
    before = dump()
    batch = desk.bring_in()
    assert batch.run.merged == 1
    undone = desk.undo(batch)
    assert dump() == before
    assert (undone.removed, undone.untied) == (2, 1)
    batch.refresh_from_db()
    assert (batch.state, batch.run.status) == ("undone", "cancelled")


def test_what_undo_will_do_is_foreseen_without_doing_it(desk: Desk) -> None:
    batch = desk.bring_in()
    Transaction.objects.get(amount=30).edit(notes="mine")
    before = dump()
    foreseen = posting.foresee_undo(batch)
    assert dump() == before
    assert (foreseen.removed, len(foreseen.kept_apart)) == (2, 1)
    assert batch.state == "posted"


def test_undo_keeps_what_an_overlapping_import_vouches_for(desk: Desk) -> None:
    first = desk.bring_in()
    desk.bring_in(card_file((2, "GROCER", "-30.00"), (3, "BOOKS", "-12.00")))
    desk.undo(first)
    assert desk.rows() == [(2, "30.00"), (3, "12.00")]


def test_two_sources_that_are_undone_in_either_order_leave_nothing_behind(desk: Desk) -> None:
    for turn in (1, -1):
        batches = [desk.bring_in(), desk.bring_in(is_archive=True)]
        for batch in batches[::turn]:
            desk.undo(batch)
        assert dump() == []


def test_a_line_that_was_skipped_vouches_for_nothing(desk: Desk) -> None:
    first = desk.bring_in()
    second = desk.stage()
    second.lines.update(choice="skip")
    steps.begin_posting(second, now=timezone.now())
    desk.undo(first)
    assert desk.rows() == []


def test_an_undone_import_can_be_imported_again(desk: Desk) -> None:
    batch = desk.bring_in()
    desk.undo(batch)
    assert posting.import_again(batch)
    steps.begin_posting(batch, now=timezone.now())
    assert len(desk.rows()) == 3
    batch.refresh_from_db()
    assert batch.state == "posted"


def test_undo_twice_undoes_once(desk: Desk) -> None:
    batch = desk.bring_in()
    assert desk.undo(batch) is not None
    assert desk.undo(ImportBatch.objects.get(pk=batch.pk)) is None


def test_a_job_that_is_delivered_twice_posts_once(desk: Desk) -> None:
    batch = desk.stage()
    assert posting.start(batch, now=timezone.now())
    assert not posting.start(ImportBatch.objects.get(pk=batch.pk), now=timezone.now())
    assert [tasks.post_batch(batch.pk) for _ in range(2)] == ["posted", "posted"]
    assert len(desk.rows()) == 3
    assert SyncLog.objects.count() == 1


def test_skipped_rows_stay_out_and_their_twins_keep_their_names(desk: Desk) -> None:
    batch = desk.stage()
    batch.lines.filter(position=0).update(choice="skip")
    assert desk.compare(batch)["skipped"] == 1
    steps.begin_posting(batch, now=timezone.now())
    assert len(desk.rows()) == 2
    assert desk.bring_in().run.added == 1  # the skipped one; the other coffee is known


def test_a_row_imported_anyway_is_a_purchase_of_its_own(desk: Desk) -> None:
    Books(desk.account).post([line("a", 2, "30.00", "GROCER")])
    batch = desk.stage()
    assert batch.lines.get(amount=30).verdict == "same"
    batch.lines.filter(amount=30).update(choice="anyway")
    outlook = desk.compare(batch)
    assert (outlook["added"], outlook["merged"]) == (3, 0)
    steps.begin_posting(batch, now=timezone.now())
    assert desk.rows().count((2, "30.00")) == 2


def test_the_outlook_is_what_the_post_then_does(desk: Desk) -> None:
    Books(desk.account).post([line("a", 2, "30.00", "GROCER"), line("b", 3, "4.50", "SOMETHING ELSE")])
    batch = desk.stage()
    outlook = desk.compare(batch)
    steps.begin_posting(batch, now=timezone.now())
    run = ImportBatch.objects.get(pk=batch.pk).run
    assert (outlook["added"], outlook["merged"], outlook["unchanged"], outlook["listed"]) == (
        run.added,
        run.merged,
        run.unchanged,
        run.held,
    )


def test_the_bytes_are_dropped_when_every_part_is_in_the_books(desk: Desk) -> None:
    batch = desk.stage()
    assert bytes(ImportFile.objects.get().content) == COFFEES
    steps.begin_posting(batch, now=timezone.now())
    assert bytes(ImportFile.objects.get().content) == b""


def test_remapped_columns_are_another_feed_so_that_no_line_gets_two_names_in_one(desk: Desk) -> None:
    first = desk.bring_in()
    mapping = first.file.columns
    second = desk.bring_in(mapping=replace(mapping, description=("Description", "Category")))
    assert first.feed != second.feed
    assert (second.run.added, second.run.merged) == (0, 3)


def test_an_archive_is_a_source_of_its_own(desk: Desk) -> None:
    batch = desk.bring_in(is_archive=True)
    assert batch.run.source == "archive"
    assert batch.feed.startswith("archive:")
    assert desk.bring_in().run.merged == 3


def test_imports_that_were_never_finished_are_forgotten_after_a_month(desk: Desk) -> None:
    old, new = desk.stage(), desk.stage()
    posted = desk.bring_in()
    month_ago = timezone.now() - datetime.timedelta(days=31)
    ImportBatch.objects.filter(pk__in=[old.pk, posted.pk]).update(created_at=month_ago)
    posting.forget_abandoned(timezone.now())
    assert set(ImportBatch.objects.values_list("pk", flat=True)) == {new.pk, posted.pk}
    assert ImportFile.objects.count() == 2


def test_an_import_in_the_books_can_not_be_discarded(desk: Desk) -> None:
    batch = desk.bring_in()
    assert not posting.discard(batch)
    desk.undo(batch)
    assert posting.discard(batch)
    assert not ImportFile.objects.exists()


def test_a_large_batch_is_compared_by_the_worker(desk: Desk, worker: None, settings) -> None:
    rows = [(1 + number % 28, f"SHOP {number}", "-1.00") for number in range(steps.AT_ONCE + 1)]
    batch = desk.stage(card_file(*rows))
    assert (batch.state, batch.staged_count) == ("staging", 0)
    assert tasks.stage_batch(batch.pk) == "mapped"
    batch.refresh_from_db()
    assert batch.staged_count == batch.lines.count() == steps.AT_ONCE + 1
    assert tasks.stage_batch(batch.pk) == "mapped"


def test_a_stalled_job_can_be_started_again(desk: Desk) -> None:
    batch = desk.stage()
    posting.start(batch, now=timezone.now())
    steps.resume(batch, now=timezone.now())
    assert desk.rows() == []
    steps.resume(batch, now=timezone.now() + datetime.timedelta(minutes=11))
    assert len(desk.rows()) == 3


def test_the_columns_of_another_account_are_remembered_by_header_not_by_account(desk: Desk) -> None:
    assert not ColumnProfile.objects.exists()  # a known bank needs none
    other = Desk(make_account("Other card"))
    assert other.stage().state == "mapped"


def test_an_account_takes_its_imports_and_their_files_along(signed_in: Client, desk: Desk) -> None:
    desk.bring_in()
    desk.stage()
    signed_in.post(f"/accounts/{desk.account.pk}/delete/", {"name": desk.account.name})
    assert not ImportBatch.objects.exists()
    assert not ImportFile.objects.exists()


def test_what_is_still_to_be_asked_is_not_compared(desk: Desk) -> None:
    asked = desk.stage(b"When;What;How much\n03/04/2026;KAFFEE;-4,50\n")
    assert (asked.state, asked.lines.count()) == ("uploaded", 0)


def test_answers_that_come_too_late_change_nothing_of_an_import_in_the_books(desk: Desk) -> None:
    late = desk.stage()
    reading = reading_of(late.file, now=timezone.now())
    steps.begin_posting(ImportBatch.objects.get(pk=late.pk), now=timezone.now())
    with pytest.raises(Refused, match="gone on meanwhile"):
        adopt(late, reading)
    reread(late, reading.mapping, now=timezone.now())
    batch = ImportBatch.objects.get(pk=late.pk)
    assert (batch.state, batch.run.added, batch.lines.count()) == ("posted", 3, 3)
    assert bytes(ImportFile.objects.get().content) == b""


def test_a_comparison_that_is_overtaken_by_other_columns_writes_nothing(desk: Desk) -> None:
    late = desk.stage()
    steps.begin_comparison(ImportBatch.objects.get(pk=late.pk), now=timezone.now())
    Books(desk.account).post([line("a", 2, "30.00", "GROCER")])
    assert desk.compare(late)["merged"] == 0
    assert desk.compare(ImportBatch.objects.get(pk=late.pk))["merged"] == 1
