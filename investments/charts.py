"""What the charts draw, as JSON: amounts are decimal strings, which the tables beside them show too."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.utils.formats import date_format

from investments.history import History
from investments.income import Income
from money.formatting import plain_number


@dataclass(frozen=True, slots=True)
class Series:
    """One line or kind of bars; None is a gap. `tone` is the CSS class that colours it, without its "tone-"."""

    label: str
    tone: str
    values: list[str | None]
    dashed: bool = False
    stepped: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of kind "line" (labels are days) or "bar" (labels are words)."""

    kind: str
    currency: str
    labels: list[str]
    series: list[Series]

    @property
    def as_json(self) -> dict[str, object]:
        return asdict(self)


def value_chart(history: History) -> Chart:
    """The value against what was contributed, and against the benchmark where it has prices."""
    points = history.points
    series = [
        Series("Value", "accent", _plain(point.value for point in points)),
        Series("Contributed", "muted", _plain(point.contributed for point in points), stepped=True),
    ]
    if history.has_benchmark:
        benchmark = _plain(point.benchmark for point in points)
        series.append(Series("Same money in SPY", "5", benchmark, dashed=True))
    return Chart("line", history.currency, [point.day.isoformat() for point in points], series)


def income_chart(income: Income) -> Chart:
    """What was paid by month, in kinds that are stacked."""
    months = [paid for _, paid in income.months]
    series = [
        Series("Dividends", "1", _plain(paid.dividends for paid in months)),
        Series("Interest", "3", _plain(paid.interest for paid in months)),
        Series("Capital gains", "6", _plain(paid.capital_gains for paid in months)),
    ]
    return Chart("bar", income.currency, [date_format(month, "M Y") for month, _ in income.months], series)


def _plain(amounts: Iterable[Decimal | None]) -> list[str | None]:
    return [None if amount is None else plain_number(amount) for amount in amounts]
