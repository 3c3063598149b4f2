import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.lines import StatementLine
from tests.accounts.conftest import Books, line


def numbered(prefix: str, count: int, **facts: object) -> list[StatementLine]:
    return [
        line(f"{prefix}{number}", 1 + number % 28, f"{number % 97}.{number % 100:02}", **facts)
        for number in range(count)
    ]


def queries(books: Books, lines: list[StatementLine], **delivery: object) -> int:
    """How many statements a post takes beside its insert batches and the run's own row."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        books.post(lines, **delivery)
    return sum(not query["sql"].startswith("INSERT") for query in captured.captured_queries)


@pytest.mark.parametrize("rows_before", [0, 3000])
def test_500_new_lines_take_at_most_twelve_queries(books: Books, rows_before: int):
    books.post(numbered("before", rows_before))
    assert queries(books, numbered("new", 500)) <= 12


def test_500_known_lines_take_at_most_twelve_queries(books: Books):
    lines = numbered("line", 500)
    books.post(lines)
    assert queries(books, lines) <= 12


def test_500_changed_lines_take_at_most_twelve_queries(books: Books):
    books.post(numbered("line", 500))
    assert queries(books, numbered("line", 500, description="Other words")) <= 12


def test_500_lines_of_a_new_link_take_a_fixed_number_of_queries(books: Books):
    books.post(numbered("old", 500))
    assert queries(books, numbered("new", 500), feed="plaid:second", completes_history=True) <= 18


def test_500_removals_take_at_most_twelve_queries(books: Books):
    lines = numbered("line", 500)
    books.post(lines)
    assert queries(books, [], removed=[line.external_id for line in lines]) <= 12
