"""What `sync_all` says: one result per account, as JSON values and as tables."""

from collections.abc import Sequence
from typing import Any

from plaid_sync.models import InvestmentLink, LinkedAccount
from plaid_sync.stream_run import Outcome

_COUNTS = ("added", "modified", "merged", "removed", "unchanged", "held")
_INVESTMENT_COUNTS = ("positions", "ended", "added", "modified", "withdrawn", "unchanged", "malformed", "unknown")

Result = dict[str, Any]


def account_result(linked: LinkedAccount, outcome: Outcome) -> Result:
    facts = {"id": linked.account_id, "account": str(linked.account), "institution": str(linked.item)}
    rows = {"transactions": linked.account.transactions.live().count()}
    return facts | _ending(outcome, _COUNTS) | rows


def investment_result(link: InvestmentLink, outcome: Outcome) -> Result:
    facts = {"key": str(link.account_key), "account": str(link), "institution": str(link.item)}
    return facts | _ending(outcome, _INVESTMENT_COUNTS)


def _ending(outcome: Outcome, counts: Sequence[str]) -> Result:
    log, error = outcome.log, outcome.error
    return {
        "status": str(outcome.status),
        **{name: getattr(log, name) if log else 0 for name in counts},
        "error_code": error.code if error else "",
        "error": str(error) if error else "",
        "request_id": log.request_id if log else "",
    }


def tables(accounts: Sequence[Result], investments: Sequence[Result]) -> str:
    """The bank accounts, then the investment accounts, each with what went wrong below."""
    parts = [_table(accounts, (*_COUNTS, "transactions")), _table(investments, _INVESTMENT_COUNTS)]
    return "\n\n".join(part for part in parts if part)


def _table(results: Sequence[Result], counts: Sequence[str]) -> str:
    if not results:
        return ""
    columns = ("account", "status", *counts)
    rows = [columns, *(tuple(str(result[column]) for column in columns) for result in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"{result['account']}: {result['error']}" for result in results if result["error"]]
    return "\n".join(lines)
