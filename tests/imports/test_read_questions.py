"""What a file doesn't tell is asked, never guessed."""

import json

import pytest

from imports.reading import Mapping, Sign
from tests.imports.bank_files import SHORT_AMERICAN_EXPRESS
from tests.imports.texts import reading, statement, told, topics

HEAD = "Date,Description,Amount\n"


def test_ambiguous_dates_and_signs_are_asked_together():
    found = reading(HEAD + "03/04/2026,COFFEE,-4.50\n05/04/2026,TEA,-3.00\n")

    assert topics(found) == {"date_order", "money_out"}
    assert found.statements == ()
    assert [question.choices for question in found.questions] == [("mdy", "dmy"), ("positive", "negative")]


def test_one_day_that_tells_the_order_settles_it_for_the_file():
    found = reading(HEAD + "03/04/2026,COFFEE,-4.50\n25/03/2026,TEA,-3.00\n", date_order=None, money_out="negative")

    assert found.mapping.date_order == "dmy"


def test_dates_that_are_the_same_in_any_order_are_not_asked_and_teach_nothing():
    found = reading(HEAD + "04/04/2026,COFFEE,-4.50\n")

    assert topics(found) == {"money_out"}
    assert found.mapping.date_order is None


def test_dates_that_contradict_a_known_bank_are_asked():
    """American Express writes the same header abroad."""
    text = SHORT_AMERICAN_EXPRESS.replace("04/03/2026", "25/03/2026") + "03/04/2026,TEA,A PERSON,-61005,3.00\n"

    assert topics(reading(text)) == {"date_order"}


def test_contradicting_dates_are_asked():
    assert "date_order" in topics(reading(HEAD + "13/04/2026,COFFEE,-4.50\n04/13/2026,TEA,-3.00\n"))


def test_sign_is_asked_even_when_all_amounts_are_negative():
    assert topics(reading(HEAD + "2026-04-03,COFFEE,-4.50\n2026-04-04,TEA,-3.00\n")) == {"money_out"}


@pytest.mark.parametrize(
    "rows",
    [
        "2026-04-01,PAY,1000.00,1000.00\n2026-04-02,TEA,-3.00,997.00\n2026-04-03,COFFEE,-4.50,992.50\n",
        "2026-04-03,COFFEE,-4.50,992.50\n2026-04-02,TEA,-3.00,997.00\n2026-04-01,PAY,1000.00,1000.00\n",
    ],
    ids=["oldest first", "newest first"],
)
def test_running_balance_settles_the_sign(rows):
    found = reading("Date,Description,Amount,Balance\n" + rows)

    assert (found.questions, found.mapping.money_out) == ((), Sign.NEGATIVE)


def test_running_balance_settles_the_opposite_sign_too():
    rows = "2026-04-01,PAY,-1000.00,1000.00\n2026-04-02,TEA,3.00,997.00\n2026-04-03,COFFEE,4.50,992.50\n"

    assert reading("Date,Description,Amount,Balance\n" + rows).mapping.money_out is Sign.POSITIVE


def test_running_balance_of_a_debt_settles_nothing():
    """A card may print what is owed: then the balance grows with purchases, whatever their sign."""
    rows = "2026-04-01,COFFEE,-4.50,504.50\n2026-04-02,TEA,-3.00,507.50\n2026-04-03,PAYMENT,100.00,407.50\n"

    assert topics(reading("Date,Description,Amount,Balance\n" + rows, is_debt=True)) == {"money_out"}


def test_one_balance_proves_nothing():
    assert topics(reading("Date,Description,Amount,Balance\n2026-04-03,COFFEE,-4.50,992.50\n")) == {"money_out"}


@pytest.mark.parametrize("amount", ["1.234", "1,234"])
def test_thousands_that_could_be_decimals_are_asked(amount):
    found = reading(f"Date;Description;Amount\n2026-04-03;COFFEE;{amount}\n")

    assert "decimal_mark" in topics(found)


def test_two_unnamed_date_columns_are_asked():
    assert "date" in topics(reading("2026-04-03,COFFEE,2026-04-01,-4.50\n2026-04-03,TEA,2026-04-01,-3.00\n"))


def test_two_unnamed_amount_columns_are_asked():
    assert "amount" in topics(reading("2026-04-03,COFFEE,,4.50\n2026-04-03,PAY,3.00,\n2026-04-04,PAY,3.00,\n"))


def test_two_unnamed_texts_are_asked():
    assert "description" in topics(reading("2026-04-03,COFFEE,SEATTLE,-4.50\n2026-04-03,TEA,SEATTLE,-3.00\n"))


def test_debits_that_are_all_negative_are_asked():
    assert topics(reading("Date,Description,Debit,Credit\n2026-04-03,COFFEE,-4.50,\n2026-04-03,PAY,,5\n")) == {
        "debit_sign"
    }


def test_credits_that_are_all_negative_are_asked():
    found = reading("Date,Description,Debit,Credit\n2026-04-03,COFFEE,4.50,\n2026-04-03,PAY,,-5\n")

    assert topics(found) == {"credit_sign"}


def test_empty_column_teaches_nothing_about_its_sign():
    found = reading("Date,Description,Debit,Credit\n2026-04-03,COFFEE,4.50,\n")

    assert (found.questions, found.mapping.debit_sign, found.mapping.credit_sign) == ((), Sign.POSITIVE, None)


def test_mapping_for_other_columns_is_asked_again():
    found = reading(HEAD + "2026-04-03,COFFEE,-4.50\n", date="Booked", description=("Description",), amount="Amount")

    assert topics(found) == {"columns"}
    assert "Booked" in found.questions[0].sentence


def test_indicator_without_words_is_asked():
    answers = {"date": "Date", "description": ("Description",), "amount": "Amount", "indicator": "Kind"}
    text = "Date,Description,Amount,Kind\n2026-04-03,COFFEE,4.50,aus\n"

    assert topics(reading(text, **answers)) == {"out_words"}
    assert told(statement(text, **answers, out_words=("Aus",))) == [("2026-04-03", "4.50", "COFFEE")]


def test_suggestion_with_the_answers_is_a_mapping_that_survives_as_json():
    text = HEAD + "03/04/2026,COFFEE,-4.50\n"
    suggested = reading(text).mapping.to_json()

    mapping = Mapping.from_json(json.loads(json.dumps(suggested | {"date_order": "dmy", "money_out": "negative"})))

    assert Mapping.from_json(mapping.to_json()) == mapping
    assert told(statement(text, **{name: getattr(mapping, name) for name in mapping.__slots__})) == [
        ("2026-04-03", "4.50", "COFFEE")
    ]


@pytest.mark.parametrize("stored", [{"colour": "red"}, {"money_out": "sideways"}, {"date_order": "ydm"}])
def test_stored_mapping_that_is_none_is_refused(stored):
    with pytest.raises(ValueError, match=r"\w"):
        Mapping.from_json(stored)
