import re

import pytest
from django.test import Client

from accounts.models import Account, SourceRecord, Transaction
from tests.household import make_linked_account, make_row, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Transaction:
    return make_row(make_linked_account())


def words(*, shown: dict[str, str] | None = None, **changed: str) -> dict[str, str]:
    """What a browser sends: the fields, and beside each what the form had shown in it (`shown`: if not the bank's)."""
    bank = {"merchant_name": "Blue Bottle Coffee", "description": "SQ *BLUE BOTTLE 0042", "notes": ""}
    before = bank | (shown or {})
    return before | {f"initial-{name}": text for name, text in before.items()} | changed


def stored(row: Transaction) -> tuple[str | None, str | None, str]:
    row.refresh_from_db()
    return row.merchant_name, row.description, row.notes


def test_saving_without_a_change_keeps_the_row_unedited(signed_in: Client, row: Transaction) -> None:
    assert signed_in.post(row.get_absolute_url(), words()).status_code == 302
    assert stored(row) == (None, None, "")
    assert not row.changes.exists()


def test_an_edit_stores_only_what_changed_and_is_in_the_history(signed_in: Client, row: Transaction) -> None:
    signed_in.post(row.get_absolute_url(), words(description="Coffee with Ana"))
    assert stored(row) == (None, "Coffee with Ana", "")
    page = signed_in.get(row.get_absolute_url()).content.decode()
    assert "Edited by you" in page
    assert "SQ *BLUE BOTTLE 0042" in page


def test_an_emptied_field_is_an_edit(signed_in: Client, row: Transaction) -> None:
    signed_in.post(row.get_absolute_url(), words(merchant_name=""))
    assert stored(row) == ("", None, "")


def test_typing_the_banks_words_again_goes_back_to_them(signed_in: Client, row: Transaction) -> None:
    row.edit(description="Coffee with Ana")
    typed = words(shown={"description": "Coffee with Ana"}, description="SQ *BLUE BOTTLE 0042")
    signed_in.post(row.get_absolute_url(), typed)
    assert stored(row) == (None, None, "")


def test_a_form_from_before_an_edit_does_not_take_the_edit_back(signed_in: Client, row: Transaction) -> None:
    in_another_tab = words(notes="Lunch")
    row.edit(description="Coffee with Ana")
    signed_in.post(row.get_absolute_url(), in_another_tab)
    assert stored(row) == (None, "Coffee with Ana", "Lunch")


def test_words_that_the_bank_changed_under_an_open_form_are_no_edit(signed_in: Client, row: Transaction) -> None:
    opened = words(notes="Lunch")
    Transaction.objects.update(bank_description="SQ *BLUE BOTTLE OAKLAND")
    signed_in.post(row.get_absolute_url(), opened)
    assert stored(row) == (None, None, "Lunch")


@pytest.mark.parametrize("bank_words", ["  POS  DEBIT 0042   ", "ACH " + "9" * 2500])
def test_a_note_can_be_written_beside_any_words_of_the_bank(
    signed_in: Client, row: Transaction, bank_words: str
) -> None:
    Transaction.objects.update(bank_description=bank_words)
    opened = words(shown={"description": bank_words}, notes="Lunch")
    assert signed_in.post(row.get_absolute_url(), opened).status_code == 302
    assert stored(row) == (None, None, "Lunch")


def test_the_form_carries_what_it_shows(signed_in: Client, row: Transaction) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        page = signed_in.get(row.get_absolute_url(), headers=headers).content.decode()
        assert re.search(r'type="hidden" name="initial-description" value="SQ \*BLUE BOTTLE 0042"', page)


def test_the_banks_words_stay_frozen_in_a_confirmed_row(signed_in: Client, row: Transaction) -> None:
    row.confirm()
    signed_in.post(row.get_absolute_url(), words(notes="Lunch"))
    assert stored(row) == ("Blue Bottle Coffee", "SQ *BLUE BOTTLE 0042", "Lunch")


@pytest.mark.parametrize(("field", "after"), [("description", ("Mine", None)), ("merchant_name", (None, "Mine"))])
def test_the_banks_words_can_be_brought_back(
    signed_in: Client, row: Transaction, field: str, after: tuple[str | None, str | None]
) -> None:
    row.edit(description="Mine", merchant_name="Mine")
    signed_in.post(f"/transactions/{row.pk}/reset/", {"field": field})
    assert stored(row)[:2] == after


def test_nothing_but_words_can_be_brought_back(signed_in: Client, row: Transaction) -> None:
    assert signed_in.post(f"/transactions/{row.pk}/reset/", {"field": "amount"}).status_code == 400


def test_within_a_list_the_row_becomes_a_form_and_a_row_again(signed_in: Client, row: Transaction) -> None:
    htmx = {"HX-Request": "true"}
    form = signed_in.get(row.get_absolute_url(), headers=htmx).content.decode()
    assert form.strip().startswith("<tr")
    assert "<form" in form
    saved = signed_in.post(row.get_absolute_url(), words(merchant_name="Corner café"), headers=htmx).content.decode()
    assert saved.strip().startswith("<tr")
    assert "Corner café" in saved
    assert "Edited</span>" in saved


def test_a_note_that_is_too_long_is_refused_with_words(signed_in: Client, row: Transaction) -> None:
    response = signed_in.post(row.get_absolute_url(), words(notes="x" * 2001), headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert "at most 2000" in response.content.decode()


def test_the_page_tells_where_the_row_came_from_and_what_happened(signed_in: Client) -> None:
    account: Account = make_linked_account()
    run = make_run(account)
    row = make_row(account, created_by=run)
    SourceRecord.objects.create(account=account, transaction=row, feed="csv:chase", external_id="row-7", last_seen=run)
    row.changes.create(
        run=run,
        kind="settled",
        reason="The bank posted it",
        before={"amount": "50.0000", "date": "2026-11-18"},
        after={"amount": "4.5000", "date": "2026-11-20"},
    )
    page = signed_in.get(row.get_absolute_url()).content.decode()
    for told in (
        "Came from a CSV file",
        "The bank posted it",
        "$50.00",
        "18 Nov 2026",
        "row-7",
        run.get_absolute_url(),
    ):
        assert told in page


def test_words_of_the_bank_are_never_markup(signed_in: Client) -> None:
    row = make_row(make_linked_account(), bank_merchant="<script>alert(1)</script>")
    assert "<script>alert" not in signed_in.get(row.get_absolute_url()).content.decode()
