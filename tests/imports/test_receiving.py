"""What the account says about a file."""

import pytest
from django.utils import timezone

from imports.receiving import reading_of
from tests.household import make_account
from tests.imports.conftest import Desk
from tests.imports.texts import topics

pytestmark = pytest.mark.django_db

STATEMENT = b"""Date,Description,Amount,Balance
2026-03-01,COFFEE,-4.50,504.50
2026-03-02,TEA,-3.00,507.50
2026-03-03,PAYMENT,100.00,407.50
"""


@pytest.mark.parametrize(("account_type", "asked"), [("credit", {"money_out"}), ("checking", set())])
def test_running_balance_tells_the_sign_only_where_it_is_money_held(account_type, asked):
    batch = Desk(make_account("Maple", account_type=account_type)).receive(STATEMENT)

    assert topics(reading_of(batch.file, now=timezone.now())) == asked
