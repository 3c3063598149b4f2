"""Plaid-shaped pages for the benchmarks: deterministic, of about 1.5 kB a row."""

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta

ACCOUNT_ID = "bench-account-0000000000000000000000"
PAGE_ROWS = 500
_LAST_DAY = date(2026, 11, 20)


def pages(first: int, count: int, *, days: int = 730) -> Iterator[str]:
    """The JSON of /transactions/sync pages with rows number `first` to `first + count - 1`, spread over `days`."""
    for start in range(first, first + count, PAGE_ROWS):
        numbers = range(start, min(start + PAGE_ROWS, first + count))
        yield json.dumps(
            {
                "accounts": [],
                "added": [_row(number, days) for number in numbers],
                "modified": [],
                "removed": [],
                "next_cursor": f"cursor-{numbers.stop}",
                "has_more": numbers.stop < first + count,
                "transactions_update_status": "HISTORICAL_UPDATE_COMPLETE",
                "request_id": "bench",
            }
        )


_PLACE = ("address", "city", "region", "postal_code", "country", "lat", "lon", "store_number")
_PAYMENT = (
    "by_order_of",
    "payee",
    "payer",
    "payment_method",
    "payment_processor",
    "ppd_id",
    "reason",
    "reference_number",
)
# What Plaid sends with every row, known or not.
_UNKNOWN: dict[str, object] = {
    "unofficial_currency_code": None,
    "datetime": None,
    "authorized_datetime": None,
    "pending_transaction_id": None,
    "account_owner": None,
    "transaction_code": None,
    "check_number": None,
    "logo_url": None,
    "category": None,
    "category_id": None,
    "location": dict.fromkeys(_PLACE),
    "payment_meta": dict.fromkeys(_PAYMENT),
}


def _row(number: int, days: int) -> dict[str, object]:
    chance = random.Random(number)  # noqa: S311  reproducible, not secret
    merchant = int(1500 * chance.random() ** 3)
    posted = _LAST_DAY - timedelta(days=chance.randrange(days))
    return _UNKNOWN | {
        "transaction_id": f"bench-transaction-{number:019}",
        "account_id": ACCOUNT_ID,
        "amount": chance.randrange(100, 25_000) / 100,
        "iso_currency_code": "USD",
        "date": posted.isoformat(),
        "authorized_date": (posted - timedelta(days=1)).isoformat(),
        "name": f"Merchant {merchant}",
        "merchant_name": f"Merchant {merchant}",
        "original_description": f"MERCHANT {merchant} #{chance.randrange(9999):04} SPRINGFIELD IL",
        "pending": False,
        "payment_channel": "in store",
        "transaction_type": "place",
        "website": f"merchant{merchant}.example",
        "merchant_entity_id": f"entity-{merchant:030}",
        "counterparties": [
            {
                "name": f"Merchant {merchant}",
                "type": "merchant",
                "website": f"merchant{merchant}.example",
                "logo_url": None,
                "entity_id": f"entity-{merchant:030}",
                "confidence_level": "VERY_HIGH",
            }
        ],
        "personal_finance_category": {
            "primary": "GENERAL_MERCHANDISE",
            "detailed": "GENERAL_MERCHANDISE_SUPERSTORES",
            "confidence_level": "VERY_HIGH",
            "version": "v2",
        },
        "personal_finance_category_icon_url": "https://plaid-category-icons.plaid.com/PFC_GENERAL_MERCHANDISE.png",
    }
