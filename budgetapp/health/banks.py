"""The bank connections, and what a sync, a disconnect or a step between the databases left unfinished."""

from datetime import datetime, timedelta

from accounts.models import Account
from accounts.proof import Coverage, ProofState, coverage_by_account, prove
from budgetapp.health.finding import Finding, error, warning, well
from plaid_sync.credentials import environment
from plaid_sync.disconnect import waits_for
from plaid_sync.models import InvestmentLink, LinkedAccount, PlaidItem, SyncPage
from plaid_sync.pacing import sync_interval

LEFT_BEHIND = timedelta(days=1)
INTERVALS_WITHOUT_SUCCESS = 3


def connections(now: datetime) -> Finding:
    """Whether every bank works and has been heard of lately."""
    items = list(PlaidItem.objects.active().order_by("institution", "pk"))
    if not items:
        return well("No bank is connected.")
    troubled = [f"{item}: {item.error_message or item.error_code}" for item in items if item.next_step]
    foreign = [f"{item}: belongs to {item.environment}" for item in items if item.environment != environment()]
    silent = _silent(now)
    if troubled:
        return error("Banks need a person.", "Their accounts’ pages say what to do.", *troubled, *silent, *foreign)
    if silent or foreign:
        return warning("Banks are not synced.", "See Sync history and Settings.", *silent, *foreign)
    return well(
        f"{len(items)} bank{'s are' if len(items) > 1 else ' is'} connected and answer{'' if len(items) > 1 else 's'}."
    )


def _silent(now: datetime) -> list[str]:
    """Accounts of healthy logins whose last success lies several intervals back."""
    if not sync_interval():
        return []
    since = now - timedelta(hours=INTERVALS_WITHOUT_SUCCESS * sync_interval())
    links = LinkedAccount.objects.filter(item__in=PlaidItem.objects.active(), item__next_step="")
    links = links.filter(item__environment=environment()).select_related("account")
    late = links.filter(account__last_synced_at__lt=since)
    return [
        f"{link.account}: last synced {link.account.last_synced_at:%Y-%m-%d %H:%M} UTC"
        for link in late.order_by("account__name", "pk")
    ]


def proofs(_now: datetime) -> Finding:
    """Whether opening balance and transactions add up to what the banks say."""
    coverage = coverage_by_account()
    states = {
        account: prove(account, coverage.get(account.pk, Coverage())).state
        for account in Account.objects.linked().in_reading_order()
    }
    differing = [str(account) for account, state in states.items() if state == ProofState.DIFFERS]
    if differing:
        return warning("Books and bank differ.", "The accounts’ pages show by how much.", *differing)
    if not states:
        return well("No account is linked.")
    proven = sum(state == ProofState.PROVEN for state in states.values())
    return well(f"{proven} of {len(states)} linked accounts are proven, none differs.")


def unfinished_steps(_now: datetime) -> Finding:
    """Steps that concern both databases and stopped in between."""
    open_links = InvestmentLink.objects.exclude(state=InvestmentLink.State.ACTIVE).order_by("pk")
    details = [f"{link}: {link.get_state_display().lower()}" for link in open_links]
    if details:
        advice = "They are taken up every hour, or now by: manage.py reconcile"
        return warning("Steps between the two databases are unfinished.", advice, *details)
    return well("No step between the two databases is unfinished.")


def left_pages(now: datetime) -> Finding:
    """Pages that a sync fetched and never posted."""
    old = SyncPage.objects.filter(fetched_at__lt=now - LEFT_BEHIND).select_related("linked_account__account")
    accounts = dict.fromkeys(str(page.linked_account.account) for page in old.defer("body").order_by("pk"))
    if accounts:
        return warning("Syncs stopped midway more than a day ago.", "Sync these accounts; it starts anew.", *accounts)
    return well("No sync was left midway.")


def removals(_now: datetime) -> Finding:
    """Accesses that were given up here and that Plaid could not be told of yet."""
    waiting = PlaidItem.objects.filter(status=PlaidItem.Status.REMOVAL_PENDING).order_by("pk")
    details = [f"{item}: {waits_for(item) or item.error_code}".removesuffix(": ") for item in waiting]
    if details:
        return warning("Plaid has not been told yet that accesses ended.", "It is tried again every hour.", *details)
    return well("Every access that was given up has ended at Plaid.")
