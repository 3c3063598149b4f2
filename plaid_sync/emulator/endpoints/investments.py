"""/investments/holdings/get, /investments/transactions/get and /investments/refresh."""

from plaid_sync.emulator import errors
from plaid_sync.emulator.bank import Account, Item, Phase
from plaid_sync.emulator.brokerage.portfolio import Portfolio, Trade
from plaid_sync.emulator.call import Call
from plaid_sync.emulator.investment_payloads import (
    holding_payload,
    investment_account_payload,
    securities_payload,
    trade_payload,
)
from plaid_sync.emulator.payloads import Payload, item_payload
from plaid_sync.emulator.products import item_with

DEFAULT_COUNT = 100


def holdings_get(call: Call) -> Payload:
    """The positions of the item's investment accounts at their last prices."""
    item, accounts = _investment_accounts(call)
    held = [(portfolio, holding) for portfolio in _portfolios(accounts) for holding in portfolio.holdings()]
    return {
        "accounts": [investment_account_payload(account) for account in accounts],
        "holdings": [holding_payload(portfolio, holding) for portfolio, holding in held],
        "securities": securities_payload(call.world, (holding.security.key for _portfolio, holding in held)),
        "item": item_payload(item),
        "is_investments_fallback_item": False,
    }


def transactions_get(call: Call) -> Payload:
    """A page of the trades between two dates, newest first.

    While the history is being pulled, a caller that asks not to wait is sent away; for one that waits, the pull ends.
    """
    item, accounts = _investment_accounts(call)
    options = call.part("options")
    if item.phase is Phase.NOT_READY:
        if options.flag("async_update"):
            raise errors.product_not_ready()
        call.world.advance(item, Phase.HISTORICAL)
    trades = _newest_first(call, _portfolios(accounts))
    offset = options.number("offset", 0)
    page = trades[offset : offset + options.number("count", DEFAULT_COUNT)]
    return {
        "accounts": [investment_account_payload(account) for account in accounts],
        "investment_transactions": [trade_payload(portfolio, trade) for portfolio, trade in page],
        "securities": securities_payload(call.world, (trade.security for _portfolio, trade in page)),
        "total_investment_transactions": len(trades),
        "item": item_payload(item),
        "is_investments_fallback_item": False,
    }


def refresh(call: Call) -> Payload:
    """Asks the bank anew: webhooks tell of whatever they have not told of yet."""
    item, _accounts = _investment_accounts(call)
    call.world.tell(item)
    return {}


def _newest_first(call: Call, portfolios: list[Portfolio]) -> list[tuple[Portfolio, Trade]]:
    """The trades between the two dates of the call."""
    first, last = call.day("start_date"), call.day("end_date")
    if first > last:
        raise errors.invalid_field("start_date must not be after end_date")
    return sorted(
        (
            (portfolio, trade)
            for portfolio in portfolios
            for trade in portfolio.trades.values()
            if first <= trade.date <= last
        ),
        key=lambda entry: (entry[1].date, entry[1].trade_id),
        reverse=True,
    )


def _investment_accounts(call: Call) -> tuple[Item, list[Account]]:
    item = item_with(call, "investments")
    if not _portfolios(list(item.accounts.values())):
        raise errors.no_investment_accounts()
    return item, [account for account in call.part("options").accounts(item) if account.portfolio]


def _portfolios(accounts: list[Account]) -> list[Portfolio]:
    return [account.portfolio for account in accounts if account.portfolio]
