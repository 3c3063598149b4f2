"""What can be held: made-up companies and funds, a bond, an option, coins, and dollars."""

from dataclasses import dataclass
from decimal import Decimal

CASH = "usd"
COUPON, CALL = "coupon", "call"


@dataclass(frozen=True, slots=True)
class Option:
    """The terms of an option; its last day counts from the market's first."""

    underlying: str
    strike: Decimal
    last_day: int


@dataclass(frozen=True, slots=True)
class Bond:
    """The terms of a bond; both dates count from the market's first day."""

    percentage: Decimal
    face_value: Decimal
    issued: int
    matures: int


@dataclass(frozen=True, slots=True)
class Security:
    """One thing to hold: `price` on the market's first day, and how far it may move in a day, in 1/100,000.

    `pays` is per unit, in each of the months `pays_in`; `split` is a day, counted from the first, and a factor.
    """

    key: str
    name: str
    type: str
    price: Decimal
    wobble: int
    ticker: str | None = None
    subtype: str | None = None
    digits: int = 2
    drift: int = 30
    figi: str | None = None
    sector: str | None = None
    industry: str | None = None
    pays: Decimal = Decimal(0)
    pays_in: tuple[int, ...] = ()
    split: tuple[int, int] | None = None
    option: Option | None = None
    bond: Bond | None = None

    @property
    def is_cash(self) -> bool:
        """Whether it is money."""
        return self.key == CASH

    @property
    def trades_daily(self) -> bool:
        """Whether it has a price on weekends too."""
        return self.type in {"cash", "cryptocurrency"}

    @property
    def quantum(self) -> Decimal:
        """The smallest part of a unit that can be bought."""
        return Decimal("0.00000001") if self.type == "cryptocurrency" else Decimal("0.0001")


def _equity(key: str, name: str, price: str, sector: str, industry: str) -> Security:
    return Security(
        key, name, "equity", Decimal(price), 1_900, ticker=key.upper(), subtype="common stock",
        figi=f"BBG00SIM{key.upper():0<4}", sector=sector, industry=industry,
    )  # fmt: skip


def _paying(security: Security, pays: str, *months: int, split: tuple[int, int] | None = None) -> Security:
    fields = {name: getattr(security, name) for name in Security.__slots__}
    return Security(**fields | {"pays": Decimal(pays), "pays_in": months, "split": split})


def _fund(key: str, name: str, kind: str, price: str, ticker: str | None, wobble: int) -> Security:
    figi = f"BBG00SIM{key.upper():0<4}" if ticker else None
    digits = 2 if ticker else 4
    return Security(key, name, kind, Decimal(price), wobble, ticker, subtype=kind, digits=digits, figi=figi)


QUARTERS = (3, 6, 9, 12)
SECURITIES = {
    security.key: security
    for security in (
        Security(CASH, "U S Dollar", "cash", Decimal(1), 0, "CUR:USD", subtype="cash", drift=0),
        _paying(
            _equity("pltp", "Platypus Industries Inc.", "384.20", "Producer Manufacturing", "Industrial Machinery"),
            "0.92", *QUARTERS, split=(420, 4),
        ),
        _paying(
            _equity("hnds", "Houndstooth Textiles Corp.", "61.75", "Consumer Non-Durables", "Apparel/Footwear"),
            "0.41", 1, 4, 7, 10,
        ),
        _equity("gngh", "Gingham Software Ltd.", "128.40", "Technology Services", "Packaged Software"),
        _equity("womb", "Wombat Robotics Inc.", "47.10", "Electronic Technology", "Electronic Equipment"),
        _equity("wbts", "Wombat Burrow Holdings", "18.60", "Finance", "Real Estate Development"),
        _paying(_fund("xplt", "Platypus Total Market ETF", "etf", "241.30", "XPLT", 1_100), "0.88", *QUARTERS),
        _paying(
            _fund("xbnd", "Platypus Aggregate Bond ETF", "etf", "72.45", "XBND", 350), "0.19", *range(1, 13)
        ),
        _fund("spy", "Simulated 500 Index ETF", "etf", "512.60", "SPY", 900),  # nobody holds it: the yardstick
        _fund("ttidx", "Tattersall Index Fund Admiral", "mutual fund", "98.35", "TTIDX", 1_050),
        _fund("trust", "Tartan Target Retirement 2050 Trust", "mutual fund", "21.4380", None, 900),
        Security(
            CALL, "HNDS Call 75.00", "derivative", Decimal("4.20"), 3_400, subtype="option",
            drift=0, option=Option("HNDS", Decimal(75), 1_060),
        ),
        Security(
            "treasury", "US Treasury Note 4.25%", "fixed income", Decimal("986.50"), 160, subtype="bond", drift=0,
            pays=Decimal("21.25"), pays_in=(5, 11), bond=Bond(Decimal("4.25"), Decimal(1000), -400, 3_250),
        ),
        Security("btc", "Bitcoin", "cryptocurrency", Decimal("58240.15"), 3_100, "BTC", subtype="cryptocurrency"),
        Security("eth", "Ethereum", "cryptocurrency", Decimal("2415.80"), 3_600, "ETH", subtype="cryptocurrency"),
    )
}  # fmt: skip
