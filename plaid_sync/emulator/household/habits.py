"""The rhythms of a household, as data: what comes once a month, and what comes by chance."""

from dataclasses import dataclass
from datetime import date

from plaid_sync.emulator.household import merchants as m
from plaid_sync.emulator.household.merchants import Merchant
from plaid_sync.emulator.household.purchase import CARD, CHECKING, SAVINGS

EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))
WEEKEND = frozenset({4, 5, 6})
LAST_DAY = 31


@dataclass(frozen=True, slots=True)
class Monthly:
    """A line on one day of the month; `rise` cents come on top every year, from month `rises_in` on."""

    name: str
    role: str
    day: int
    merchant: Merchant
    low: int
    high: int
    months: frozenset[int] = frozenset(range(1, 13))
    winter: int = 0
    rise: int = 0
    rises_in: int = 3
    by_card: bool = False

    def surcharge(self, day: date) -> int:
        """Cents on top of the price: heating in the cold months, and the rises since 2020."""
        cold = self.winter if day.month in (11, 12, 1, 2, 3) else 0
        return cold + self.rise * (day.year - 2020 + (day.month >= self.rises_in))


@dataclass(frozen=True, slots=True)
class Chance:
    """A card purchase that happens on some days, `per_mille` of those weekdays."""

    name: str
    role: str
    merchants: tuple[Merchant, ...]
    per_mille: int
    low: int
    high: int
    weekdays: frozenset[int] = EVERY_DAY
    tips: bool = False
    splits: bool = False
    refunds_per_mille: int = 0
    twice_per_mille: int = 0
    lapses_per_mille: int = 0


@dataclass(frozen=True, slots=True)
class Habits:
    """All that one household does, and when its card is paid (0: it has none)."""

    monthly: tuple[Monthly, ...]
    chances: tuple[Chance, ...]
    saves: int = 0
    pays_card_on: int = 0


NO_HABITS = Habits((), ())
PLATYPUS = Habits(
    monthly=(
        Monthly("salary-1", CHECKING, 15, m.EMPLOYER, -248_412, -248_412, rise=-6_130, rises_in=1),
        Monthly("salary-2", CHECKING, LAST_DAY, m.EMPLOYER, -248_412, -248_412, rise=-6_130, rises_in=1),
        Monthly("freelance", CHECKING, 9, m.FREELANCE, -64_000, -18_500, months=frozenset({2, 5, 8, 11})),
        Monthly("tax-refund", CHECKING, 18, m.TAX_REFUND, -124_300, -68_900, months=frozenset({4})),
        Monthly("rent", CHECKING, 1, m.LANDLORD, 192_500, 192_500, rise=4_500, rises_in=7),
        Monthly("power", CHECKING, 12, m.POWER, 6_120, 9_480, winter=5_870),
        Monthly("water", CHECKING, 21, m.WATER, 8_240, 11_960, months=frozenset({1, 3, 5, 7, 9, 11})),
        Monthly("student-loan", CHECKING, 5, m.STUDENT_LOAN, 21_736, 21_736),
        Monthly("internet", CARD, 8, m.INTERNET, 5_999, 5_999, rise=300, rises_in=5, by_card=True),
        Monthly("phone", CARD, 24, m.PHONE, 7_000, 7_000, by_card=True),
        Monthly("insurance", CARD, 3, m.INSURANCE, 41_820, 44_160, months=frozenset({1, 4, 7, 10}), by_card=True),
        Monthly("netflix", CARD, 6, m.NETFLIX, 1_049, 1_049, rise=100, rises_in=4, by_card=True),
        Monthly("spotify", CARD, 17, m.SPOTIFY, 1_099, 1_099, by_card=True),
        Monthly("cloud", CARD, 11, m.CLOUD, 299, 299, by_card=True),
        Monthly("newspaper", CARD, 19, m.NEWSPAPER, 1_700, 1_700, by_card=True),
        Monthly("gym", CARD, 2, m.GYM, 3_499, 3_499, by_card=True),
        Monthly("flight", CARD, 10, m.AIRLINE, 18_460, 41_290, months=frozenset({3, 6, 11}), by_card=True),
        Monthly("foreign-fee", CARD, 14, m.FOREIGN_FEE, 112, 684, months=frozenset({7, 9})),
        Monthly("interest", SAVINGS, LAST_DAY, m.INTEREST, -4_812, -3_704),
    ),
    chances=(
        Chance("coffee", CHECKING, (m.COFFEE,), 460, 475, 475, WEEKDAYS, twice_per_mille=140),
        Chance("groceries", CARD, m.GROCERS, 330, 1_840, 11_460),
        Chance("market", CHECKING, m.GROCERS[3:], 300, 900, 3_600, frozenset({5})),
        Chance("fuel", CARD, m.FUEL, 110, 3_280, 5_890),
        Chance("restaurant", CARD, m.RESTAURANTS, 300, 2_640, 8_480, WEEKEND, tips=True),
        Chance("lunch", CHECKING, m.FAST_FOOD, 220, 985, 1_890, WEEKDAYS),
        Chance("rides", CARD, m.RIDES, 230, 250, 3_140),
        Chance("amazon", CARD, (m.AMAZON,), 120, 899, 9_840, splits=True, refunds_per_mille=140, lapses_per_mille=60),
        Chance("shops", CARD, m.SHOPS, 120, 1_299, 12_460, refunds_per_mille=110),
        Chance("care", CARD, m.CARE, 45, 899, 9_500),
        Chance("outings", CARD, m.OUTINGS, 90, 1_450, 6_200, WEEKEND),
        Chance("hotel", CARD, (m.HOTEL,), 16, 14_900, 38_700, lapses_per_mille=500),
        Chance("cash", CHECKING, (m.CASH_MACHINE,), 22, 6_000, 6_000),
        Chance("zelle-out", CHECKING, (m.ZELLE_OUT,), 26, 1_500, 9_000),
        Chance("zelle-in", CHECKING, (m.ZELLE_IN,), 18, -6_500, -1_200),
        Chance("check", CHECKING, (m.CHECK,), 14, 4_500, 16_000),
    ),
    saves=75_000,
    pays_card_on=20,
)

PARTNER = Habits(
    monthly=(
        Monthly("salary", CHECKING, 28, m.SECOND_EMPLOYER, -312_940, -312_940, rise=-5_200, rises_in=9),
        Monthly("rent-share", CHECKING, 2, m.ZELLE_OUT, 145_000, 145_000),
        Monthly("phone", CHECKING, 22, m.PHONE, 4_500, 4_500),
        Monthly("gym", CHECKING, 4, m.GYM, 2_999, 2_999, rise=200, rises_in=6),
        Monthly("interest", SAVINGS, LAST_DAY, m.INTEREST, -2_911, -2_054),
    ),
    chances=(
        Chance("coffee", CHECKING, (m.COFFEE,), 300, 550, 550, WEEKDAYS, twice_per_mille=90),
        Chance("groceries", CHECKING, m.GROCERS, 240, 1_240, 8_460),
        Chance("restaurant", CHECKING, m.RESTAURANTS, 220, 1_940, 6_480, WEEKEND, tips=True),
        Chance("rides", CHECKING, m.RIDES, 160, 250, 2_640),
        Chance("amazon", CHECKING, (m.AMAZON,), 80, 799, 7_840, splits=True, refunds_per_mille=140),
        Chance("care", CHECKING, m.CARE, 40, 899, 7_500),
        Chance("cash", CHECKING, (m.CASH_MACHINE,), 30, 8_000, 8_000),
    ),
    saves=90_000,
)

STUDENT = Habits(
    monthly=(
        Monthly("pay", CHECKING, 7, m.FREELANCE, -116_000, -88_000),
        Monthly("share", CHECKING, 3, m.ZELLE_OUT, 65_000, 65_000),
        Monthly("spotify", CHECKING, 17, m.SPOTIFY, 599, 599, rise=50, rises_in=8),
    ),
    chances=(
        Chance("coffee", CHECKING, (m.COFFEE,), 240, 425, 425, WEEKDAYS),
        Chance("groceries", CHECKING, m.GROCERS, 170, 740, 4_860),
        Chance("lunch", CHECKING, m.FAST_FOOD, 200, 885, 1_590),
        Chance("rides", CHECKING, m.RIDES, 140, 250, 1_640),
    ),
)
