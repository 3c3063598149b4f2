"""Keeps the prices of what is held up to date, from whichever source of quotes there is."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from investments import benchmark
from investments.market_hours import is_market_open, market_day, prices_settled_at
from investments.models import Holding, InvestmentAccount, InvestmentTransaction, PriceQuote, PriceRun, Security
from investments.quotes import Quotes, QuoteSource, RateLimited, SourceFailed, Span
from investments.symbols import quote_symbol

WORK_SECONDS = 120.0
_FAILURES_IN_A_ROW = 3
_ROUND = timedelta(minutes=25)  # less than the 30 minutes from one scheduled run to the next
_NEVER = datetime.min.replace(tzinfo=UTC)


def due_since(now: datetime) -> datetime:
    """What was last asked for before this moment is due: all of it while New York trades, else what is older than the
    last close, and once more than the evening after it."""
    return now - _ROUND if is_market_open(now) else prices_settled_at(now)


def refresh_prices(
    now: datetime, source: QuoteSource, *, asked_before: datetime | None = None, seconds: float = WORK_SECONDS
) -> PriceRun | None:
    """Asks for the price of everything held that was last asked for before `asked_before`, or that is due now without
    it; None: there was nothing.

    The longest unasked comes first, so that a run which is cut short goes on where it stopped. A security without an
    answer keeps its price and is marked stale.
    """
    wanted = _wanted(market_day(now))
    if not wanted:
        return None  # before the exchange's calendar is loaded
    due = _due(wanted, asked_before or due_since(now))
    if not due:
        return None
    PriceRun.objects.tidy(now)
    run = PriceRun.objects.create(started_at=now, source=source.price_source)
    run.status = _ask_for(due, run, source, deadline=time.monotonic() + seconds)
    run.left = len(due) - run.asked
    run.finished_at = timezone.now()
    run.save()
    return run


def held_securities(today: date) -> QuerySet[Security]:
    """What the last snapshot of any account holds."""
    last = InvestmentAccount.objects.last_snapshots(until=today)
    held = Holding.objects.of_snapshots(last).exclude(quantity=0)
    return Security.objects.filter(pk__in=held.values("security")).order_by("pk")


def _sold_and_never_asked_for(today: date) -> QuerySet[Security]:
    """What was traded in the two years that a source tells of: its past is needed once, however little is held now."""
    traded = InvestmentTransaction.objects.live().filter(date__gte=today - timedelta(days=730))
    return Security.objects.filter(price_checked_at=None, pk__in=traded.values("security")).order_by("pk")


def _benchmark() -> Security:
    facts = {"ticker": benchmark.TICKER, "security_type": Security.Type.ETF, "currency": "USD"}
    known = Security.objects.filter(**facts).order_by("pk").first()
    return known or Security.objects.create(**facts, name="SPDR S&P 500 ETF")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A symbol and the securities that it stands for, as they were before it is asked for."""

    symbol: str
    securities: list[Security]

    @property
    def last_asked(self) -> datetime:
        return min(security.price_checked_at or _NEVER for security in self.securities)

    @property
    def turn(self) -> tuple[bool, datetime, str]:
        """Symbols that failed come last, so that a few broken ones can't keep the others from their turn."""
        return any(security.is_price_stale for security in self.securities), self.last_asked, self.symbol

    def span(self, today: date, source: str) -> Span:
        """As far back as prices of this source are lacking."""
        newest = [
            security.quotes.filter(source=source).aggregate(day=Max("day"))["day"] for security in self.securities
        ]
        if None in newest or (age := today - min(newest)) > timedelta(days=28):
            return Span.TWO_YEARS
        return Span.WEEK if age <= timedelta(days=5) else Span.MONTH


def _wanted(today: date) -> list[_Wanted]:
    securities = [*held_securities(today), *_sold_and_never_asked_for(today)]
    by_symbol: dict[str, dict[int, Security]] = {}
    for security in [*securities, _benchmark()] if securities else []:
        if symbol := quote_symbol(security):
            by_symbol.setdefault(symbol, {})[security.pk] = security
    return [_Wanted(symbol, list(securities.values())) for symbol, securities in by_symbol.items()]


def _due(wanted: list[_Wanted], asked_before: datetime) -> list[_Wanted]:
    return sorted((each for each in wanted if each.last_asked < asked_before), key=lambda each: each.turn)


def _ask_for(due: list[_Wanted], run: PriceRun, source: QuoteSource, *, deadline: float) -> PriceRun.Status:
    """Asks for one after the other, counting on the run, until all are asked for or there is a reason to stop."""
    failures_in_a_row = 0
    for wanted in due:
        if time.monotonic() >= deadline:
            return PriceRun.Status.OUT_OF_TIME
        try:
            quotes = source.quotes(wanted.symbol, wanted.span(market_day(run.started_at), source.price_source))
        except RateLimited:
            return PriceRun.Status.RATE_LIMITED
        except SourceFailed as error:
            failures_in_a_row += 1
            _note_failure(wanted, run, error)
            if failures_in_a_row == _FAILURES_IN_A_ROW:
                return PriceRun.Status.UNREACHABLE
        else:
            failures_in_a_row = 0
            _record(wanted, quotes, run, source)
    return PriceRun.Status.UNREACHABLE if failures_in_a_row == len(due) else PriceRun.Status.SUCCESS


def _note_failure(wanted: _Wanted, run: PriceRun, error: SourceFailed) -> None:
    """Nothing is known now; it stays due."""
    run.asked += 1
    run.failures[wanted.symbol] = f"The source did not answer ({error})."
    Security.objects.filter(pk__in=[security.pk for security in wanted.securities]).update(is_price_stale=True)


def _record(wanted: _Wanted, quotes: Quotes | None, run: PriceRun, source: QuoteSource) -> None:
    run.asked += 1
    with transaction.atomic(using="investments"):
        missing = {security.pk: _store(security, quotes, source.price_source) for security in wanted.securities}
        for security in wanted.securities:
            is_stale = bool(missing[security.pk])
            Security.objects.filter(pk=security.pk).update(price_checked_at=run.started_at, is_price_stale=is_stale)
    if not all(missing.values()):
        run.priced += 1
    if reasons := sorted(filter(None, missing.values())):
        run.failures[wanted.symbol] = " ".join(dict.fromkeys(reasons))


def _store(security: Security, quotes: Quotes | None, source: Security.PriceSource) -> str:
    """Keeps the quotes of a security; the reason if they can't be taken, else an empty text."""
    if quotes is None:
        return "The source knows no price."
    if quotes.currency != security.currency:
        return f"Quoted in {quotes.currency}, but kept in {security.currency}."
    _keep_closes(security, quotes, source)
    last = max(quotes.closes)
    security.take_price(quotes.closes[last], day=last, source=source)
    if quotes.name and security.name == security.ticker:  # all that was known when it was entered by hand
        Security.objects.filter(pk=security.pk).update(name=quotes.name[:255])
    return ""


def _keep_closes(security: Security, quotes: Quotes, source: Security.PriceSource) -> None:
    """Stores what is news: a price by hand stays, and a row that says the same is not touched."""
    known = security.quotes.filter(day__gte=min(quotes.closes))
    stored = {day: (close, origin) for day, close, origin in known.values_list("day", "close", "source")}
    news = [
        PriceQuote(security=security, day=day, close=close, currency=quotes.currency, source=source)
        for day, close in quotes.closes.items()
        if stored.get(day) != (close, source) and stored.get(day, ("", ""))[1] != Security.PriceSource.MANUAL
    ]
    PriceQuote.objects.bulk_create(
        news,
        update_conflicts=True,
        unique_fields=["security", "day"],
        update_fields=["close", "currency", "source", "updated_at"],
    )
