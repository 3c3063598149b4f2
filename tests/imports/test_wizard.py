"""The pages of an import, from the upload to its undo."""

import datetime
import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Transaction
from imports import posting, steps, tasks
from imports.mapping_form import MappingForm
from imports.models import ColumnProfile, ImportBatch, ImportFile
from imports.reading import read
from imports.reading.presets import presets
from tests.accounts.conftest import Books, line
from tests.household import make_account
from tests.imports.conftest import COFFEES, Desk, card_file, march, upload

pytestmark = pytest.mark.django_db

AMOUNTS = {"amount", "debit", "withdrawal", "outflow", "amount (usd)", "amount ($)", "amount (total)", "net"}
UNKNOWN = b"When;What;How much\n03/04/2026;KAFFEE;-4,50\n05/04/2026;BROT;-2,00\n"
TWO_ACCOUNTS = b"""OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><BANKMSGSRSV1>
<STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>990001111<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260331
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260302<TRNAMT>-30.00<FITID>a1<NAME>GROCER</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS>
<STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>990002222<ACCTTYPE>SAVINGS</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260331
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260303<TRNAMT>4.22<FITID>b1<NAME>INTEREST</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS>
</BANKMSGSRSV1></OFX>
"""


def text(response) -> str:
    """What the page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def test_a_file_of_a_known_bank_goes_from_upload_to_done(signed_in: Client, desk: Desk) -> None:
    reviewed = signed_in.get(upload(signed_in, desk.account)["Location"])
    batch = ImportBatch.objects.get()
    assert reviewed.request["PATH_INFO"] == f"/import/{batch.pk}/review/"
    assert "New 3" in text(reviewed)
    assert 'aria-current="step"' in reviewed.content.decode()
    confirmed = text(signed_in.get(f"/import/{batch.pk}/confirm/"))
    assert "1 Mar 2026 to 2 Mar 2026" in confirmed
    assert "39.00" in confirmed
    assert "Import 3 transactions" in confirmed
    done = signed_in.get(signed_in.post(f"/import/{batch.pk}/confirm/")["Location"])
    assert "3 new transactions in Sapphire" in text(done)
    assert len(desk.rows()) == 3


def test_confirming_twice_imports_once(signed_in: Client, desk: Desk) -> None:
    batch = desk.stage()
    for _ in range(2):
        assert signed_in.post(f"/import/{batch.pk}/confirm/")["Location"] == f"/import/{batch.pk}/done/"
    assert len(desk.rows()) == 3


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"", "empty"),
        (b"<!doctype html><html><body>Please sign in</body></html>", "web page"),
        (b"PK\x03\x04 a workbook", "Save it as CSV"),
        (b"%PDF-1.7", "CSV, OFX or QFX"),
        (b"!Type:Bank\nD1/2/26\nT-4\n^\n", "QIF"),
        (b"\x00\x01\x02\x03" * 100, "Export it from your bank again"),
        (b"Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n", "no list of transactions"),
        (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
    ],
    ids=["empty", "web page", "workbook", "PDF", "QIF", "binary", "only a header", "too large"],
)
def test_a_wrong_file_is_refused_with_what_to_do_and_nothing_is_stored(
    signed_in: Client, desk: Desk, content: bytes, advice: str
) -> None:
    refused = upload(signed_in, desk.account, content)
    assert refused.status_code == 422
    assert 'class="errorlist"' in refused.content.decode()
    assert advice in text(refused)
    assert not ImportFile.objects.exists()


def test_file_and_account_have_to_be_chosen(signed_in: Client, desk: Desk) -> None:
    refused = text(signed_in.post("/import/", {}))
    assert "Choose a file." in refused
    assert "Choose the account that the file is of." in refused


def test_a_file_of_another_account_is_refused_unless_the_user_insists(signed_in: Client, desk: Desk) -> None:
    statement = TWO_ACCOUNTS.split(b"<STMTTRNRS>")
    one = b"<STMTTRNRS>".join(statement[:2]) + b"</BANKMSGSRSV1></OFX>"
    refused = upload(signed_in, desk.account, one, "march.ofx")
    assert "ends in 1111" in text(refused)
    assert not ImportFile.objects.exists()
    assert upload(signed_in, desk.account, one, "march.ofx", insists="on").status_code == 302
    assert "ends in 1111" in text(signed_in.get(f"/import/{ImportBatch.objects.get().pk}/review/"))


def test_a_file_in_another_currency_is_refused(signed_in: Client, desk: Desk) -> None:
    euros = make_account("Girokonto", currency="EUR", mask="1111")
    one = b"<STMTTRNRS>".join(TWO_ACCOUNTS.split(b"<STMTTRNRS>")[:2]) + b"</BANKMSGSRSV1></OFX>"
    assert "Choose an account in USD" in text(upload(signed_in, euros, one, "march.ofx"))


def test_what_a_file_leaves_open_is_asked_and_remembered_by_its_header(signed_in: Client, desk: Desk) -> None:
    to_map = upload(signed_in, desk.account, UNKNOWN, "export.csv")["Location"]
    assert to_map.endswith("/map/")
    asked = text(signed_in.get(to_map))
    assert "The file alone doesn’t say" in asked
    assert "day, month or year" in asked
    answers = {
        "way": "one",
        "date": "0",
        "description": "1",
        "amount": "2",
        "date_order": "dmy",
        "money_out": "negative",
    }
    shown = signed_in.post(to_map, answers | {"preview": "1"})
    assert "the file has 2 transactions" in text(shown)
    assert "3 Apr 2026" in text(shown)
    assert ImportBatch.objects.get().state == "uploaded"
    assert signed_in.post(to_map, answers)["Location"].endswith("/review/")
    assert ColumnProfile.objects.count() == 1
    later = UNKNOWN.replace(b"03/04", b"07/04")
    assert upload(signed_in, desk.account, later, "april.csv")["Location"].endswith("/review/")
    assert set(ImportBatch.objects.values_list("feed", flat=True).distinct()) == {ImportBatch.objects.first().feed}


def test_another_account_is_asked_again_for_signs_and_dates_but_not_for_the_columns(
    signed_in: Client, desk: Desk
) -> None:
    to_map = upload(signed_in, desk.account, UNKNOWN, "export.csv")["Location"]
    columns = {"way": "one", "date": "0", "description": "1", "amount": "2"}
    signed_in.post(to_map, columns | {"date_order": "dmy", "money_out": "negative"})
    elsewhere = upload(signed_in, make_account("Other bank"), UNKNOWN, "export.csv")["Location"]
    page = signed_in.get(elsewhere)
    assert [question.topic for question in page.context["questions"]] == ["date_order", "money_out"]
    assert page.context["form"]["amount"].value() == "2"
    signed_in.post(elsewhere, columns | {"date_order": "mdy", "money_out": "positive"})
    again = ImportBatch.objects.get(pk=upload(signed_in, desk.account, UNKNOWN)["Location"].split("/")[2])
    assert (again.state, again.file.mapping["money_out"], again.file.mapping["date_order"]) == (
        "mapped",
        "negative",
        "dmy",
    )


def test_an_open_question_is_not_guessed(signed_in: Client, desk: Desk) -> None:
    to_map = upload(signed_in, desk.account, UNKNOWN, "export.csv")["Location"]
    unanswered = signed_in.post(to_map, {"way": "one", "date": "0", "description": "1", "amount": "2"})
    assert unanswered.status_code == 422
    assert "day, month or year" in text(unanswered)
    assert ImportBatch.objects.get().state == "uploaded"
    missing = signed_in.post(to_map, {"way": "two"})
    assert "Choose the column." in text(missing)
    assert "Choose at least one of the two columns." in text(missing)


def test_how_the_file_is_written_can_be_corrected(signed_in: Client, desk: Desk) -> None:
    to_map = upload(signed_in, desk.account, UNKNOWN, "export.csv")["Location"]
    layout = {"encoding": "cp1252", "delimiter": ";", "header_row": "0"}
    page = signed_in.post(f"{to_map}layout/", layout, follow=True)
    assert "Column 1" in text(page)
    assert ImportFile.objects.get().mapping["encoding"] == "cp1252"
    refused = signed_in.post(f"{to_map}layout/", layout | {"header_row": "90"}, follow=True)
    assert "Row 90 is blank or not in the file" in text(refused)


def test_a_file_of_several_accounts_is_told_apart(signed_in: Client, desk: Desk) -> None:
    checking, savings = make_account("Checking", mask="1111"), make_account("Savings", mask="2222")
    to_accounts = upload(signed_in, desk.account, TWO_ACCOUNTS, "all.ofx")["Location"]
    page = signed_in.get(to_accounts)
    assert "2 accounts" in text(page)
    assert page.content.decode().count("selected") >= 2
    twice = {"statement-0": checking.pk, "statement-1": checking.pk}
    assert "chosen twice" in text(signed_in.post(to_accounts, twice))
    signed_in.post(to_accounts, {"statement-0": checking.pk, "statement-1": savings.pk})
    first, second = ImportBatch.objects.order_by("pk")
    assert (first.account, second.account, first.state, second.state) == (checking, savings, "mapped", "mapped")
    signed_in.post(f"/import/{first.pk}/confirm/")
    assert bytes(ImportFile.objects.get().content) != b""
    assert f"/import/{second.pk}/" in signed_in.get(f"/import/{first.pk}/done/").content.decode()
    signed_in.post(f"/import/{second.pk}/confirm/")
    assert bytes(ImportFile.objects.get().content) == b""
    assert sorted(f"{row.account.name} {row.amount:.2f}" for row in Transaction.objects.all()) == [
        "Checking 30.00",
        "Savings -4.22",
    ]


def test_the_review_shows_the_row_that_a_line_meets_and_why(signed_in: Client, desk: Desk) -> None:
    Books(desk.account).post([line("a", 3, "30.00", "GROCER AT THE CORNER")])
    batch = desk.stage()
    page = text(signed_in.get(f"/import/{batch.pk}/review/?show=known"))
    assert "Already there 1" in page
    assert "GROCER AT THE CORNER" in page
    assert "Same amount, " in page


def test_errors_name_the_cell_and_pending_rows_are_left_out(signed_in: Client, desk: Desk) -> None:
    broken = COFFEES + b"03/04/2026,03/04/2026,NO AMOUNT,Food,Sale,twelve,\n"
    batch = desk.stage(broken)
    page = text(signed_in.get(f"/import/{batch.pk}/review/?show=problems"))
    assert "twelve" in page
    assert "Amount" in page
    assert batch.lines.tally()["problems"] == 1
    assert "Nothing is left out" in text(signed_in.get(f"/import/{batch.pk}/review/?show=aside"))
    assert "Not readable, left out1" in text(signed_in.get(f"/import/{batch.pk}/confirm/"))


def test_a_choice_is_kept_and_can_be_taken_back(signed_in: Client, desk: Desk) -> None:
    batch = desk.stage()
    grocer = batch.lines.get(amount=30)
    choice = f"/import/{batch.pk}/review/choice/"
    back = signed_in.post(choice, {"line": grocer.pk, "choice": "skip", "show": "new", "page": "1"})
    assert back["Location"] == f"/import/{batch.pk}/review/?show=new&page=1&line={grocer.pk}"
    assert "Skipped" in text(signed_in.get(back["Location"]))
    fragment = signed_in.post(choice, {"line": grocer.pk, "choice": ""}, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert "Skipped" not in text(fragment)
    signed_in.post(choice, {"all": "new", "choice": "skip"})
    assert batch.lines.filter(choice="skip").count() == 3
    assert signed_in.post(choice, {"all": "nonsense", "choice": "skip"}).status_code == 400
    assert signed_in.post(choice, {"line": grocer.pk, "choice": "explode"}).status_code == 400


def test_review_and_confirm_cost_a_fixed_number_of_queries(
    signed_in: Client, desk: Desk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Books(desk.account).post([line(str(number), 1 + number % 28, f"{number + 1}.00") for number in range(120)])
    rows = [(1 + number % 28, f"SHOP {number}", f"-{number + 1}.00") for number in range(200)]
    batch = desk.stage(card_file(*rows))
    with django_assert_num_queries(11):  # session, user, batch, counts, lines, rows met; the frame’s five
        signed_in.get(f"/import/{batch.pk}/review/?show=known")
    with django_assert_num_queries(10):  # session, user, count, imports, accounts; the frame’s five
        signed_in.get("/imports/")


def test_large_files_are_followed_while_they_are_compared(signed_in: Client, desk: Desk, worker: None) -> None:
    rows = [(1 + number % 28, f"SHOP {number}", "-1.00") for number in range(steps.AT_ONCE + 1)]
    page = signed_in.get(upload(signed_in, desk.account, card_file(*rows))["Location"])
    batch = ImportBatch.objects.get()
    assert "every 2s" in page.content.decode()
    assert "Reading 2,001 rows" in text(page)
    tasks.stage_batch(batch.pk)
    over = signed_in.get(f"/import/{batch.pk}/review/", headers={"HX-Request": "true"})
    assert over["HX-Redirect"] == f"/import/{batch.pk}/review/"
    assert "1–50 of 2,001" in text(signed_in.get(f"/import/{batch.pk}/review/"))


def test_the_post_is_followed_until_it_is_done(signed_in: Client, desk: Desk, worker: None) -> None:
    batch = desk.stage()
    following = signed_in.get(signed_in.post(f"/import/{batch.pk}/confirm/")["Location"])
    assert "every 2s" in following.content.decode()
    assert "0 of 3 rows made ready" in text(following)
    tasks.post_batch(batch.pk)
    fragment = signed_in.get(f"/import/{batch.pk}/done/", headers={"HX-Request": "true"})
    assert "every 2s" not in fragment.content.decode()
    assert "3 new transactions" in text(fragment)


def test_a_stalled_import_offers_to_start_again(signed_in: Client, desk: Desk, worker: None) -> None:
    batch = desk.stage()
    posting.start(batch, now=timezone.now() - datetime.timedelta(minutes=11))
    assert "Nothing has happened for ten minutes" in text(signed_in.get(f"/import/{batch.pk}/done/"))
    signed_in.post(f"/import/{batch.pk}/resume/")
    assert "every 2s" in signed_in.get(f"/import/{batch.pk}/done/").content.decode()


def test_a_failed_import_says_that_nothing_changed_and_can_be_tried_again(signed_in: Client, desk: Desk) -> None:
    batch = desk.stage()
    posting.start(batch, now=timezone.now())
    posting.fail(batch, now=timezone.now())
    assert "Nothing was changed" in text(signed_in.get(f"/import/{batch.pk}/done/"))
    signed_in.post(f"/import/{batch.pk}/confirm/")
    assert len(desk.rows()) == 3


def test_undo_says_what_it_does_lists_what_was_edited_and_does_it(signed_in: Client, desk: Desk) -> None:
    batch = desk.bring_in()
    Transaction.objects.get(amount=30).edit(notes="for the party")
    page = text(signed_in.get(f"/import/{batch.pk}/undo/"))
    assert "2 transactions that only this file brought are removed" in page
    assert "for the party" in page
    undone = signed_in.post(f"/import/{batch.pk}/undo/", follow=True)
    assert "2 rows removed, 1 edited kept aside" in text(undone)
    assert desk.rows() == []
    assert "was undone" in text(signed_in.get(f"/import/{batch.pk}/done/"))
    review = signed_in.get(signed_in.post(f"/import/{batch.pk}/again/")["Location"])
    assert "Review the rows" in text(review)


def test_an_import_that_is_not_in_the_books_is_discarded(signed_in: Client, desk: Desk) -> None:
    batch = desk.stage()
    assert "Discarded march.csv" in text(signed_in.post(f"/import/{batch.pk}/discard/", follow=True))
    assert not ImportFile.objects.exists()
    posted = desk.bring_in()
    signed_in.post(f"/import/{posted.pk}/discard/")
    assert ImportBatch.objects.filter(pk=posted.pk).exists()


def test_each_state_has_its_page_and_wrong_steps_lead_there(signed_in: Client, desk: Desk) -> None:
    mapped, posted = desk.stage(), desk.bring_in()
    assert signed_in.get(f"/import/{mapped.pk}/")["Location"] == f"/import/{mapped.pk}/review/"
    assert signed_in.get(f"/import/{mapped.pk}/done/")["Location"] == f"/import/{mapped.pk}/review/"
    assert signed_in.get(f"/import/{mapped.pk}/accounts/")["Location"] == f"/import/{mapped.pk}/review/"
    assert signed_in.get(f"/import/{mapped.pk}/undo/")["Location"] == f"/import/{mapped.pk}/review/"
    assert signed_in.get(f"/import/{mapped.pk}/map/").status_code == 200
    for step in ("", "map/", "review/", "confirm/"):
        assert signed_in.get(f"/import/{posted.pk}/{step}")["Location"] == f"/import/{posted.pk}/done/"
    assert signed_in.get("/import/999/review/").status_code == 404


def test_the_history_lists_imports_and_is_filtered_by_account(signed_in: Client, desk: Desk) -> None:
    assert "No file was imported yet" in text(signed_in.get("/imports/"))
    desk.bring_in()
    other = make_account("Other")
    assert "march.csv" in text(signed_in.get("/imports/"))
    assert "3 new" in text(signed_in.get(f"/imports/?account={desk.account.pk}"))
    assert "No file was imported into this account" in text(signed_in.get(f"/imports/?account={other.pk}"))


def test_without_an_account_the_upload_says_where_to_begin(signed_in: Client) -> None:
    assert "First an account" in text(signed_in.get("/import/"))


def test_a_name_of_a_file_is_only_shown(signed_in: Client, desk: Desk) -> None:
    upload(signed_in, desk.account, COFFEES, "<b onclick=alert(1)>.csv")
    page = signed_in.get(f"/import/{ImportBatch.objects.get().pk}/review/").content.decode()
    assert "<b onclick" not in page
    assert "&lt;b onclick=alert(1)&gt;.csv" in page


def test_the_admin_shows_imports_and_changes_none(client: Client, desk: Desk) -> None:
    client.force_login(User.objects.create_superuser("root", password="a long enough password"))
    batch = desk.bring_in()
    assert client.get("/admin/imports/importbatch/").status_code == 200
    assert client.get(f"/admin/imports/importbatch/{batch.pk}/change/").status_code == 200
    assert client.get("/admin/imports/importbatch/add/").status_code == 403
    assert client.post(f"/admin/imports/importbatch/{batch.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_columns_of_a_known_bank_stay_as_they_are_unless_they_are_changed(desk: Desk) -> None:
    for preset in presets():
        if not preset.header:
            continue
        cells = ["2026-03-01" if "date" in name else "4.50" if name in AMOUNTS else "" for name in preset.header]
        reading = read("\n".join([",".join(preset.header), ",".join(cells)]).encode(), today=march(9)[0])
        shown = QueryDict(mutable=True)
        for name, field in MappingForm(reading).fields.items():
            value = MappingForm(reading).get_initial_for_field(field, name)
            shown.setlist(name, value if isinstance(value, list) else [str(value or "")])
        form = MappingForm(reading, shown)
        assert form.is_valid(), (preset.key, form.errors)
        said = [str(mapping.to_json()).casefold() for mapping in (form.mapping(), reading.mapping)]
        assert said[0] == said[1], preset.key


def test_the_balance_of_a_debt_does_not_say_which_sign_is_money_out(signed_in: Client, desk: Desk) -> None:
    chained = b"Date,Description,Amount,Balance\n01/31/2026,A,-1.00,9.00\n02/01/2026,B,-2.00,7.00\n"
    assert upload(signed_in, desk.account, chained)["Location"].endswith("/map/")
    assert upload(signed_in, make_account("Checking"), chained)["Location"].endswith("/review/")
    proven = ImportBatch.objects.latest("pk")
    assert proven.proof == "pass"
    assert "Balances prove it" in text(signed_in.get(f"/import/{proven.pk}/review/"))


def test_a_memory_that_can_not_be_read_any_more_is_asked_again(signed_in: Client, desk: Desk) -> None:
    asked = desk.receive(UNKNOWN, name="export.csv")
    ColumnProfile.objects.create(fingerprint=asked.file.fingerprint, mapping={"a field of old": 1})
    assert upload(signed_in, desk.account, UNKNOWN)["Location"].endswith("/map/")


def test_the_largest_amounts_of_a_file_can_be_summed(signed_in: Client, desk: Desk) -> None:
    rows = [(1 + number % 28, f"SHOP {number}", "-9999999999.9999") for number in range(1000)]
    batch = desk.stage(card_file(*rows, (1, "TOO MUCH", "-10000000000.00")))
    assert batch.lines.get(part="problem").reason == "This amount is too large."
    outlook = signed_in.get(f"/import/{batch.pk}/confirm/").context["outlook"]
    assert outlook["money_out"] == 1000 * Decimal("9999999999.9999")


def test_an_account_that_can_not_be_filters_nothing(signed_in: Client, desk: Desk) -> None:
    desk.stage()
    for asked in ("9" * 30, "x"):
        assert signed_in.get("/imports/", {"account": asked}).status_code == 200
