"""The household's days as rows of a bank: its past at once, and each new day as it comes."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from plaid_sync.emulator.bank import Account, Item, Row
from plaid_sync.emulator.brokerage import broker
from plaid_sync.emulator.brokerage.customers import CUSTOMERS, Customer
from plaid_sync.emulator.brokerage.portfolio import Portfolio
from plaid_sync.emulator.household.household import LONGEST_PENDING, Household
from plaid_sync.emulator.household.purchase import Purchase
from plaid_sync.emulator.ids import identifier

PENDING_LINE = 22


def backfill(item: Item, accounts: list[Account], household: Household, epoch: date) -> None:
    """Put all rows since `epoch` on these accounts; those before the item's first day only move openings."""
    today = item.lived_until
    roles = {account.plan.role: account for account in accounts}
    for purchase in _between(household, epoch, today):
        account = roles.get(purchase.role)
        if account is None:
            continue
        if purchase.posts_on > today:
            account.put(pending_row(item, account, purchase))
            continue
        for row in posted_rows(item, account, purchase):
            if row.date >= item.first_day:
                account.put(row)
            else:
                account.opening += row.cents if account.is_credit else -row.cents


def live(item: Item, household: Household, day: date) -> None:
    """One more day: holds settle or lapse, new purchases appear, and the bank tidies some rows up."""
    roles = {account.plan.role: account for account in item.accounts.values()}
    for purchase in _between(household, day - timedelta(days=LONGEST_PENDING), day):
        account = roles.get(purchase.role)
        if account is None:
            continue
        if purchase.posts_on == day:
            _post(item, account, purchase)
        elif purchase.day == day:
            item.add(pending_row(item, account, purchase))
        elif purchase.posts_on == day - timedelta(days=1):
            _tidy(item, account, purchase)


def backfill_trades(portfolio: Portfolio, customer: Customer, today: date) -> None:
    """All trades from the portfolio's day to today."""
    for number in range((today - portfolio.as_of).days + 1):
        broker.live(portfolio, customer, portfolio.market.first_day + timedelta(days=number))


def invest(item: Item, day: date) -> None:
    """One more day of the item's investment accounts."""
    for account in item.accounts.values():
        if account.portfolio:
            broker.live(account.portfolio, CUSTOMERS[account.plan.role], day)


def pending_row(item: Item, account: Account, purchase: Purchase) -> Row:
    """The purchase while it is a hold: its amount may change, its line is cut short."""
    row = _row(item, account, purchase, "pending", purchase.authorised)
    return replace(row, is_pending=True, description=purchase.description[:PENDING_LINE].strip())


def posted_rows(item: Item, account: Account, purchase: Purchase) -> Iterator[Row]:
    """The purchase as it posts: one row, several of a split shipment, or none."""
    for number, cents in enumerate(purchase.posted):
        row = _row(item, account, purchase, f"posted-{number}", cents)
        yield replace(row, date=purchase.posts_on)


def _between(household: Household, first: date, last: date) -> Iterator[Purchase]:
    for number in range((last - first).days + 1):
        yield from household.purchases(first + timedelta(days=number))


def _post(item: Item, account: Account, purchase: Purchase) -> None:
    pending_id = _id(item, purchase, "pending")
    pending = account.rows.get(pending_id)
    if purchase.has_pending_phase and pending is None:
        return  # a test has settled or removed it
    if pending:
        item.remove(pending)
    for row in posted_rows(item, account, purchase):
        item.add(replace(row, pending_transaction_id=pending_id if pending else None))


def _tidy(item: Item, account: Account, purchase: Purchase) -> None:
    """The day after posting: one row in 25 gets a cleaner line, one in 120 is sent again under a new id."""
    row = account.rows.get(_id(item, purchase, "posted-0"))
    if row is None:
        return
    fate = random.Random(f"{purchase.key}:tidy").randrange(600)  # noqa: S311  a life, not a secret
    if fate < 5:
        item.remove(row)
        item.add(replace(row, transaction_id=_id(item, purchase, "again"), pending_transaction_id=None))
    elif fate < 29:
        item.replace(replace(row, description=" ".join(row.description.split()[:-1]) or row.description))


def _row(item: Item, account: Account, purchase: Purchase, part: str, cents: int) -> Row:
    merchant = purchase.merchant
    return Row(
        transaction_id=_id(item, purchase, part),
        account_id=account.account_id,
        cents=cents,
        date=purchase.day,
        authorized_date=purchase.day,
        is_pending=False,
        description=purchase.description,
        merchant_name=merchant.name,
        category=merchant.category,
        confidence=merchant.confidence,
        channel=merchant.channel,
        website=merchant.website,
        city=merchant.city,
        region=merchant.region,
    )


def _id(item: Item, purchase: Purchase, part: str) -> str:
    return identifier(item.item_id, purchase.key, part)
