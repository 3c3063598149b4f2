"""/liabilities/get: what is owed, and on what terms."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from plaid_sync.emulator import errors
from plaid_sync.emulator.bank import Account
from plaid_sync.emulator.call import Call
from plaid_sync.emulator.institutions import MORTGAGE, STUDENT_LOAN
from plaid_sync.emulator.payloads import Payload, account_payload, item_payload
from plaid_sync.emulator.products import item_with
from plaid_sync.emulator.wire import money

CARD_RATE = Decimal("21.99")
MORTGAGE_RATE = Decimal("4.125")
STUDENT_RATE = Decimal("5.25")
LEAST_PAYMENT = 2_500
DUE_AFTER = timedelta(days=25)
_ADDRESS = {"city": "Oakland", "country": "US", "postal_code": "94607", "region": "CA"}


def liabilities_get(call: Call) -> Payload:
    """The item's cards, mortgages and student loans; a kind that it has none of is null."""
    item = item_with(call, "liabilities")
    if not any(_kind(account) for account in item.accounts.values()):
        raise errors.no_liability_accounts()
    accounts = [account for account in call.part("options").accounts(item) if _kind(account)]
    today = call.world.today
    return {
        "accounts": [account_payload(account) for account in accounts],
        "item": item_payload(item),
        "liabilities": {
            kind: [describe(account, today) for account in accounts if _kind(account) == kind] or None
            for kind, describe in _DESCRIBED.items()
        },
    }


def _kind(account: Account) -> str | None:
    if account.is_credit:
        return "credit"
    return account.plan.subtype if account.plan.type == "loan" else None


def _credit(account: Account, today: date) -> Payload:
    """The statement closes with the month; its balance is what was owed then."""
    closed = today.replace(day=1) - timedelta(days=1)
    rows = [row for row in account.rows.values() if not row.is_pending]
    owed = account.opening + sum(row.cents for row in rows if row.date <= closed)
    payment = max((row for row in rows if row.cents < 0), key=lambda row: row.date, default=None)
    return {
        "account_id": account.account_id,
        "aprs": [
            {
                "apr_percentage": CARD_RATE,
                "apr_type": "purchase_apr",
                "balance_subject_to_apr": money(0),
                "interest_charge_amount": money(0),
            }
        ],
        "is_overdue": False,
        "last_payment_amount": payment and money(-payment.cents),
        "last_payment_date": payment and payment.date,
        "last_statement_issue_date": closed,
        "last_statement_balance": money(owed),
        "minimum_payment_amount": money(max(0, min(owed, max(LEAST_PAYMENT, owed // 50)))),
        "next_payment_due_date": closed + DUE_AFTER,
    }


def _mortgage(account: Account, today: date) -> Payload:
    """Interest only, paid on the first of every month: what is owed stays as it is."""
    first = today.replace(day=1)
    interest = (money(account.current) * MORTGAGE_RATE / 1200).quantize(Decimal("0.01"))
    return {
        "account_id": account.account_id,
        "account_number": f"31200{account.plan.mask}",
        "current_late_fee": money(0),
        "escrow_balance": money(0),
        "has_pmi": False,
        "has_prepayment_penalty": False,
        "interest_rate": {"percentage": MORTGAGE_RATE, "type": "fixed"},
        "last_payment_amount": interest,
        "last_payment_date": first,
        "loan_type_description": "interest-only",
        "loan_term": "30 year",
        "maturity_date": date(2051, 6, 1),
        "next_monthly_payment": interest,
        "next_payment_due_date": (first + timedelta(days=31)).replace(day=1),
        "origination_date": date(2021, 6, 1),
        "origination_principal_amount": money(account.current),
        "past_due_amount": money(0),
        "property_address": {**_ADDRESS, "street": "12 Burrow Lane"},
        "ytd_interest_paid": interest * today.month,
        "ytd_principal_paid": money(0),
    }


def _student(account: Account, today: date) -> Payload:
    """Deferred: nothing is paid, and what is owed stays as it is."""
    return {
        "account_id": account.account_id,
        "account_number": f"44710{account.plan.mask}",
        "disbursement_dates": [date(2019, 9, 1), date(2020, 9, 1)],
        "expected_payoff_date": date(2036, 9, 1),
        "guarantor": "DEPT OF ED",
        "interest_rate_percentage": STUDENT_RATE,
        "is_overdue": False,
        "last_payment_amount": None,
        "last_payment_date": None,
        "last_statement_issue_date": today.replace(day=1),
        "last_statement_balance": money(account.current),
        "loan_name": account.plan.name,
        "loan_status": {"type": "deferment", "end_date": date(2031, 9, 1)},
        "minimum_payment_amount": money(0),
        "next_payment_due_date": None,
        "origination_date": date(2019, 9, 1),
        "origination_principal_amount": money(account.current),
        "outstanding_interest_amount": money(0),
        "payment_reference_number": f"44710{account.plan.mask}",
        "pslf_status": {"estimated_eligibility_date": None, "payments_made": None, "payments_remaining": None},
        "repayment_plan": {"type": "standard", "description": "Standard Repayment"},
        "sequence_number": "1",
        "servicer_address": {**_ADDRESS, "street": "1 Ledger Street"},
        "ytd_interest_paid": money(0),
        "ytd_principal_paid": money(0),
    }


_DESCRIBED: dict[str, Callable[[Account, date], Payload]] = {
    "credit": _credit,
    MORTGAGE: _mortgage,
    STUDENT_LOAN: _student,
}
