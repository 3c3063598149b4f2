import pytest

from accounts.unread import in_plain_words


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"date": "2026-11-20", "merchant_name": "Shell"}, [("Date", "2026-11-20"), ("Merchant", "Shell")]),
        ({"amount": {"number": "12.50"}, "pending": False}, [("Amount", "12.50"), ("Pending", "no")]),
        ({"transaction_id": "abc", "account_id": "def", "name": "", "date": None}, []),
        ({"personal_finance_category": {"primary": "FOOD"}, "location": ["x"]}, []),
        ({"name": "CARD 4111 1111 1111 1111 ON 2026-11-20"}, [("Name", "CARD ••1111 ON 2026-11-20")]),
        ({"name": "ACH 000123456789"}, [("Name", "ACH ••6789")]),
        ({"Posting Date": "20/11/2026"}, [("Posting date", "20/11/2026")]),
        ({"name": "x" * 200}, [("Name", "x" * 120 + "…")]),
        ("not a mapping", []),
        ({}, []),
    ],
)
def test_a_line_is_told_in_plain_words_without_ids_and_numbers(raw: object, words: list[tuple[str, str]]) -> None:
    assert in_plain_words(raw) == words


def test_a_line_with_many_columns_tells_the_first_ten() -> None:
    assert len(in_plain_words({f"column {number}": "x" for number in range(40)})) == 10
