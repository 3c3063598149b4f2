"""The banks that can be linked, under the ids of Plaid's Sandbox, and the accounts they keep."""

from dataclasses import dataclass

from plaid_sync.emulator.brokerage import customers
from plaid_sync.emulator.household.habits import NO_HABITS, PARTNER, PLATYPUS, STUDENT, Habits
from plaid_sync.emulator.household.purchase import CARD, CHECKING, SAVINGS

BANKING = ("transactions", "balance")
INVESTING = ("investments", "balance")
PRODUCTS = ("transactions", "balance", "investments", "liabilities")
# What an application may ask for; institutions here serve PRODUCTS.
KNOWN_PRODUCTS = ("assets", "auth", "balance", "identity", "investments", "liabilities", "transactions")
COUNTRIES = ("US",)
MORTGAGE, STUDENT_LOAN = "mortgage", "student"


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """An account as a bank opens it; `opening` is cents at the household's beginning, on top of a card's purchases."""

    role: str
    name: str
    official_name: str
    type: str
    subtype: str
    mask: str
    opening: int
    limit: int | None = None
    has_persistent_id: bool = False


@dataclass(frozen=True, slots=True)
class Institution:
    """A bank: how one signs in, who its customer is, and what is wrong with it."""

    institution_id: str
    name: str
    url: str
    colour: str
    plans: tuple[AccountPlan, ...]
    habits: Habits
    is_oauth: bool = False
    is_down: bool = False
    signed_in_days: int | None = None
    consent_days: int | None = None
    products: tuple[str, ...] = BANKING


def _checking(name: str, mask: str, opening: int, *, persistent: bool = False) -> AccountPlan:
    official = f"{name} - Interest Checking"
    return AccountPlan(CHECKING, name, official, "depository", "checking", mask, opening, has_persistent_id=persistent)


def _savings(name: str, mask: str, opening: int, *, persistent: bool = False) -> AccountPlan:
    official = f"{name} - High Yield Savings"
    return AccountPlan(SAVINGS, name, official, "depository", "savings", mask, opening, has_persistent_id=persistent)


def _invested(role: str, name: str, subtype: str, mask: str) -> AccountPlan:
    return AccountPlan(role, name, f"{name} Account", "investment", subtype, mask, 0)


def _owed(role: str, name: str, mask: str, opening: int) -> AccountPlan:
    return AccountPlan(role, name, f"{name} Loan", "loan", role, mask, opening)


def _card(name: str, mask: str, opening: int, limit: int) -> AccountPlan:
    return AccountPlan(CARD, name, f"{name} Signature", "credit", "credit card", mask, opening, limit)


INSTITUTIONS = {
    institution.institution_id: institution
    for institution in (
        Institution(
            "ins_109508",
            "First Platypus Bank",
            "https://first-platypus.example",
            "#1f3d7a",
            (
                _checking("Everyday Checking", "0000", 371_860),
                _savings("Rainy Day Savings", "1111", 864_120),
                _card("Platypus Visa", "3333", 0, 900_000),
            ),
            PLATYPUS,
            products=(*BANKING, "liabilities"),
        ),
        Institution(
            "ins_127287",
            "Platypus OAuth Bank",
            "https://platypus-oauth.example",
            "#0f6b5c",
            (
                _checking("Total Checking", "4521", 294_415, persistent=True),
                _savings("Way2Save", "7790", 1_052_300, persistent=True),
            ),
            PARTNER,
            is_oauth=True,
            consent_days=365,
        ),
        Institution(
            "ins_109512",
            "Houndstooth Bank",
            "https://houndstooth.example",
            "#5b2c6f",
            (_checking("Student Checking", "0000", 148_210),),
            STUDENT,
            signed_in_days=1,
        ),
        Institution(
            "ins_132361",
            "Unhealthy Platypus Bank - Down",
            "https://unhealthy-platypus.example",
            "#7a1f1f",
            (_checking("Everyday Checking", "0000", 100_000),),
            STUDENT,
            is_down=True,
        ),
        Institution(
            "ins_109511",
            "Tartan Bank",
            "https://tartan.example",
            "#7a4a12",
            (
                _checking("Tartan Checking", "5500", 212_940),
                _invested(customers.ROBOT, "Tartan Automatic Investing", "brokerage", "5511"),
                _owed(MORTGAGE, "Tartan Mortgage", "5522", 28_465_000),
                _owed(STUDENT_LOAN, "Tartan Student", "5533", 2_318_400),
            ),
            STUDENT,
            products=PRODUCTS,
        ),
        Institution(
            "ins_900101",
            "Gingham Brokerage",
            "https://gingham-brokerage.example",
            "#20603d",
            (
                _invested(customers.BROKERAGE, "Gingham Individual", "brokerage", "6011"),
                _invested(customers.IRA, "Gingham Roth IRA", "roth", "6022"),
            ),
            NO_HABITS,
            products=INVESTING,
        ),
        Institution(
            "ins_900102",
            "Tattersall Invest",
            "https://tattersall-invest.example",
            "#3a3f8f",
            (
                _invested(customers.TRADER, "Tattersall Self-Directed", "brokerage", "7702"),
                _invested(customers.COINS, "Tattersall Coins", "crypto exchange", "7719"),
            ),
            NO_HABITS,
            is_oauth=True,
            products=INVESTING,
        ),
        Institution(
            "ins_900103",
            "Argyle Retirement",
            "https://argyle-retirement.example",
            "#5a2f2f",
            (_invested(customers.RETIREMENT, "Argyle 401(k) Plan", "401k", "4010"),),
            NO_HABITS,
            products=INVESTING,
        ),
    )
}
