"""Taking merges apart on the page of a transaction."""

import pytest
from django.test import Client

from accounts.models import HeldLine
from tests.accounts.conftest import Books, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def merged(books: Books) -> Books:
    """Books in which a line of a file was merged into the bank's row `a`."""
    books.post([line("a", 1, "5.00", "BANK WORDS")])
    books.import_file(line("", 2, "5.00", "CSV WORDS"))
    return books


def take_apart(client: Client, books: Books) -> str:
    row = books.row("a")
    change = row.changes.get(kind="merged")
    response = client.post(f"{row.get_absolute_url()}take-apart/", {"change": change.pk}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_every_merge_of_the_history_can_be_taken_apart(signed_in: Client, merged: Books) -> None:
    page = signed_in.get(merged.row("a").get_absolute_url()).content.decode()
    assert "CSV WORDS, $5.00, 2 Mar 2026 becomes a transaction of its own again" in page
    page = take_apart(signed_in, merged)
    assert merged.rows() == [(1, "5.00"), (2, "5.00")]
    assert "Taken apart. CSV WORDS is a transaction of its own again" in page
    assert "Make two transactions" not in page


def test_it_is_undone_by_deciding_same_purchase_again(signed_in: Client, merged: Books) -> None:
    page = take_apart(signed_in, merged)
    held = HeldLine.objects.get()
    assert f"/needs-you/?line={held.pk}" in page
    assert 'value="undo"' in signed_in.get(f"/needs-you/?line={held.pk}").content.decode()
    for said in ("undo", "same"):
        signed_in.post(f"/needs-you/{held.pk}/", {"answer": said})
    assert merged.rows() == [(1, "5.00")]


def test_what_can_not_be_taken_apart_says_why(signed_in: Client, merged: Books) -> None:
    take_apart(signed_in, merged)
    assert "This merge has been taken back already." in take_apart(signed_in, merged)
    assert len(merged.rows()) == 2


def test_a_merge_of_another_row_is_not_found(signed_in: Client, merged: Books) -> None:
    merged.post([line("b", 9, "1.00")])
    change = merged.row("a").changes.get(kind="merged")
    address = f"{merged.row('b').get_absolute_url()}take-apart/"
    for asked in (change.pk, "nonsense", ""):
        assert signed_in.post(address, {"change": asked}).status_code == 404
    assert signed_in.get(address).status_code == 405


def test_a_row_that_was_taken_apart_is_not_called_merged(signed_in: Client, merged: Books) -> None:
    def listed() -> str:
        return signed_in.get("/transactions/").content.decode()

    assert "merged</span>" in listed()
    take_apart(signed_in, merged)
    assert "merged</span>" not in listed()
    assert "Same purchase as known" not in listed()
