from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Q

CURRENCY_PREFIX = "CUR:"


class SecurityQuerySet(models.QuerySet["Security"]):
    def called(self, ticker: str, *, currency: str, security_type: str) -> "SecurityQuerySet":
        """What people and institutions mean by this ticker, priced in `currency`.

        Both mix up the kinds of what is listed, and call a coin BTC, BTC-USD or CUR:BTC.
        """
        listed = [Security.Type.EQUITY, Security.Type.ETF, Security.Type.MUTUAL_FUND, Security.Type.OTHER]
        names = Q(ticker__iexact=ticker)
        if security_type == Security.Type.CRYPTOCURRENCY:
            coin = coin_of(ticker, currency)
            for name in (coin, f"{coin}-{currency}", f"{CURRENCY_PREFIX}{coin}"):
                names |= Q(ticker__iexact=name)
        alike = listed if security_type in listed else [security_type]
        return self.filter(names, currency=currency, security_type__in=alike)


def coin_of(ticker: str, currency: str) -> str:
    """The coin that a ticker means: BTC for BTC-USD and CUR:BTC."""
    return ticker.strip().upper().removeprefix(CURRENCY_PREFIX).removesuffix(f"-{currency}")


class Security(models.Model):
    """What can be held: a share, a fund, a bond, an option, a coin, or a currency as cash.

    `close_price` is the last price known from any source, in `currency` per unit, with the day that it
    is of. It is kept when a source fails: an old price with its date, never zero.
    """

    class Type(models.TextChoices):
        EQUITY = "equity", "Shares"
        ETF = "etf", "ETFs"
        MUTUAL_FUND = "mutual fund", "Mutual funds"
        FIXED_INCOME = "fixed income", "Bonds"
        CRYPTOCURRENCY = "cryptocurrency", "Crypto"
        DERIVATIVE = "derivative", "Options"
        CASH = "cash", "Cash"
        LOAN = "loan", "Loans"
        OTHER = "other", "Other"

    class PriceSource(models.TextChoices):
        PLAID = "plaid", "Your institution"
        YFINANCE = "yfinance", "Yahoo Finance"
        SIMULATED = "simulated", "Simulated market"
        MANUAL = "manual", "Entered by hand"

    plaid_security_id = models.CharField(max_length=64, unique=True, null=True, blank=True)
    figi = models.CharField(max_length=12, blank=True, help_text="Stays the same when Plaid's id changes.")
    isin = models.CharField(max_length=12, blank=True)
    ticker = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=255)
    security_type = models.CharField(max_length=16, choices=Type, default=Type.OTHER)
    subtype = models.CharField(max_length=64, blank=True)
    sector = models.CharField(max_length=120, blank=True)
    industry = models.CharField(max_length=120, blank=True)
    is_cash_equivalent = models.BooleanField(default=False)
    currency = models.CharField(max_length=16, default="USD")
    close_price = models.DecimalField(max_digits=28, decimal_places=10, null=True, blank=True)
    close_price_as_of = models.DateField(null=True, blank=True, help_text="The day that the price is of.")
    price_source = models.CharField(max_length=12, choices=PriceSource, blank=True)
    price_checked_at = models.DateTimeField(null=True, blank=True, help_text="When a quote was last asked for.")
    is_price_stale = models.BooleanField(
        default=False, help_text="The last time that a quote was asked for, there was none."
    )

    objects = SecurityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "securities"
        constraints = [
            models.CheckConstraint(
                name="a_price_has_its_day",
                condition=models.Q(close_price=None, close_price_as_of=None)
                | models.Q(close_price__isnull=False, close_price_as_of__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name if self.is_cash else self.ticker or self.name

    @property
    def is_cash(self) -> bool:
        """Whether it is money on the account itself. A money market fund is none: it has units and a price."""
        return self.security_type == self.Type.CASH

    def take_price(self, price: Decimal, *, day: date, source: "Security.PriceSource") -> bool:
        """Whether `price`, of `day`, is now the last known one.

        A price of a later day stays, and so does one of the same day that was entered by hand, unless this one is
        entered by hand too. Decided by the database, so that two jobs can't put an older price over a newer one.
        """
        older = Q(close_price_as_of=None) | Q(close_price_as_of__lt=day)
        same_day = Q(close_price_as_of=day)
        if source != self.PriceSource.MANUAL:
            same_day &= ~Q(price_source=self.PriceSource.MANUAL)
        news = {"close_price": price, "close_price_as_of": day, "price_source": source}
        if not Security.objects.filter(older | same_day, pk=self.pk).update(**news):
            return False
        self.close_price, self.close_price_as_of, self.price_source = price, day, source
        return True
