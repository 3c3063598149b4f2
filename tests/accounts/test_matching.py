from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from accounts.lines import StatementLine
from accounts.matching import Candidate, days_apart, pair, pair_unique


def line(day: int, amount: str = "5.00", **facts: object) -> StatementLine:
    defaults = {"external_id": f"line-{day}", "currency": "USD", "description": "COFFEE"}
    return StatementLine(date=date(2026, 3, day), amount=Decimal(amount), **(defaults | facts))


def row(row_id: int, day: int, amount: str = "5.00", **facts: object) -> Candidate:
    defaults = {
        "authorized_date": None,
        "currency": "USD",
        "is_pending": False,
        "description": "COFFEE",
        "is_edited": False,
    }
    return Candidate(row_id=row_id, date=date(2026, 3, day), amount=Decimal(amount), **(defaults | facts))


def same(pairing) -> list[tuple[int, int]]:
    return sorted((found.line, found.candidate.row_id) for found in pairing.same)


def doubtful(pairing) -> list[tuple[int, int]]:
    return sorted((found.line, found.candidate.row_id) for found in pairing.doubtful)


def test_equal_amount_and_day_is_the_same_purchase():
    assert same(pair([line(3)], [row(1, 3)])) == [(0, 1)]


def test_two_days_apart_is_the_same_purchase_when_nothing_else_could_be():
    assert same(pair([line(3)], [row(1, 5)])) == [(0, 1)]


def test_three_to_five_days_apart_is_only_a_suggestion():
    for day in (6, 8):
        pairing = pair([line(3)], [row(1, day)])
        assert same(pairing) == []
        assert doubtful(pairing) == [(0, 1)]


def test_six_days_apart_is_another_purchase():
    pairing = pair([line(3)], [row(1, 9)])
    assert (same(pairing), doubtful(pairing)) == ([], [])


def test_other_amount_currency_or_pending_state_never_pairs():
    others = [row(1, 3, "5.01"), row(2, 3, currency="EUR"), row(3, 3, is_pending=True), row(4, 3, "-5.00")]
    pairing = pair([line(3)], others)
    assert (same(pairing), doubtful(pairing)) == ([], [])


def test_authorised_days_count_where_both_sides_know_them():
    late = line(9, authorized_date=date(2026, 3, 3))
    assert days_apart(late, row(1, 4, authorized_date=date(2026, 3, 3))) == 0
    assert days_apart(late, row(1, 4)) == 5


def test_each_row_is_taken_once():
    assert same(pair([line(3), line(3)], [row(1, 3)])) == [(0, 1)]


def test_twins_pair_one_to_one():
    assert same(pair([line(3)] * 3, [row(1, 3), row(2, 3)])) == [(0, 1), (1, 2)]


def test_equal_days_pair_before_near_ones():
    assert same(pair([line(3), line(4)], [row(1, 4), row(2, 3)])) == [(0, 2), (1, 1)]


def test_a_near_day_with_two_possibilities_is_doubtful():
    pairing = pair([line(4)], [row(1, 3), row(2, 5)])
    assert same(pairing) == []
    assert doubtful(pairing) == [(0, 1)]


def test_a_row_that_two_lines_could_be_is_doubtful_for_both():
    pairing = pair([line(3), line(5)], [row(1, 4)])
    assert same(pairing) == []
    assert doubtful(pairing) == [(0, 1), (1, 1)]


def test_among_equals_the_edited_row_is_taken_first():
    assert same(pair([line(3)], [row(1, 3), row(2, 3, is_edited=True)])) == [(0, 2)]


def test_among_equals_similar_text_decides_before_the_lowest_id():
    rows = [row(1, 3, description="PARKING 12"), row(2, 3, description="Coffee house")]
    assert same(pair([line(3)], rows)) == [(0, 2)]


def test_a_moved_row_has_a_twin_only_if_it_is_the_only_one():
    assert same(pair_unique([line(3)], [row(1, 3)])) == [(0, 1)]
    pairing = pair_unique([line(3)], [row(1, 3), row(2, 3)])
    assert same(pairing) == []
    assert doubtful(pairing) == [(0, 1)]


days = st.integers(1, 28)
amounts = st.sampled_from(["1.00", "2.00"])


@given(st.lists(st.tuples(days, amounts), max_size=12), st.lists(st.tuples(days, amounts), max_size=12))
def test_no_line_and_no_row_is_ever_used_twice(line_facts, row_facts):
    lines = [line(day, amount) for day, amount in line_facts]
    rows = [row(number, day, amount) for number, (day, amount) in enumerate(row_facts)]
    pairing = pair(lines, rows)
    assert len({found.line for found in pairing.same}) == len(pairing.same)
    assert len({found.candidate.row_id for found in pairing.same}) == len(pairing.same)
    assert {found.line for found in pairing.same}.isdisjoint(found.line for found in pairing.doubtful)
    assert all(found.days <= 2 for found in pairing.same)


@given(st.lists(st.tuples(days, amounts), max_size=12))
def test_the_same_multiset_pairs_completely(facts):
    lines = [line(day, amount) for day, amount in facts]
    rows = [row(number, day, amount) for number, (day, amount) in enumerate(reversed(facts))]
    pairing = pair(lines, rows)
    assert len(pairing.same) == len(facts)
    assert pairing.doubtful == []
