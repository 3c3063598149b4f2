"""Pages kept as they arrive, so that a run that ends early costs nothing: the next one goes on from there."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from accounts.models import Account, HeldLine
from plaid_sync.answers import TransactionsPage
from plaid_sync.lease import Lease, LostLease
from plaid_sync.models import LinkedAccount, SyncPage

_FRESH = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Chain:
    """How far a run has come: `number` pages, the last of which said how it goes on."""

    number: int
    next_cursor: str
    has_more: bool
    update_status: str
    request_id: str


def resume(linked: LinkedAccount, *, now: datetime.datetime) -> Chain | None:
    """The pages staged within the hour for the present cursor and feed; others are dropped."""
    pages = list(SyncPage.objects.filter(linked_account=linked).defer("body").order_by("number"))
    if not pages:
        return None
    if not _is_whole(pages, linked) or pages[0].fetched_at < now - _FRESH:
        discard(linked)
        return None
    last = pages[-1]
    return Chain(last.number, last.next_cursor, last.has_more, last.update_status, last.request_id)


def store(
    lease: Lease, linked: LinkedAccount, page: TransactionsPage, *, after: Chain | None, now: datetime.datetime
) -> Chain:
    """Keeps the page that follows `after` and prolongs the lease. Raises LostLease, keeping nothing."""
    chain = Chain(
        number=after.number + 1 if after else 1,
        next_cursor=page.next_cursor,
        has_more=page.has_more,
        update_status=page.update_status,
        request_id=page.request_id,
    )
    with transaction.atomic():
        lease.extend()
        SyncPage.objects.create(
            linked_account=linked,
            feed=linked.feed,
            first_cursor=linked.cursor,
            number=chain.number,
            cursor=after.next_cursor if after else linked.cursor,
            next_cursor=chain.next_cursor,
            has_more=chain.has_more,
            update_status=chain.update_status,
            request_id=chain.request_id,
            body=page.body,
            fetched_at=now,
        )
    return chain


def bodies(linked: LinkedAccount) -> Iterator[str]:
    """The staged answers in order, one at a time. Raises LostLease if they vanish, as by a disconnect."""
    pages = SyncPage.objects.filter(linked_account=linked).order_by("number")
    for number in list(pages.values_list("number", flat=True)):
        body = pages.filter(number=number).values_list("body", flat=True).first()
        if body is None:
            raise LostLease
        yield body


def forget_unread(account: Account, feed: str, *, now: datetime.datetime) -> None:
    """Closes the lines of a feed that could not be read: the feed that follows it sends them again."""
    unread = [HeldLine.Reason.MALFORMED, HeldLine.Reason.OTHER_ACCOUNT]
    held = HeldLine.objects.open().filter(account=account, feed=feed, reason__in=unread)
    held.update(resolved_at=now)


def discard(linked: LinkedAccount) -> None:
    """Drops what is staged."""
    SyncPage.objects.filter(linked_account=linked).delete()


def _is_whole(pages: list[SyncPage], linked: LinkedAccount) -> bool:
    """Whether the pages follow each other from the present cursor on, in the present feed."""
    cursor = linked.cursor
    for number, page in enumerate(pages, start=1):
        is_of_this_run = (page.feed, page.first_cursor) == (linked.feed, linked.cursor)
        if not is_of_this_run or (page.number, page.cursor) != (number, cursor):
            return False
        cursor = page.next_cursor
    return True
