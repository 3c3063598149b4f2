"""The banks that can be linked, under the ids of Plaid's Sandbox, and the accounts they keep."""

from dataclasses import dataclass

from plaid_sync.emulator.household.habits import PARTNER, PLATYPUS, STUDENT, Habits
from plaid_sync.emulator.household.purchase import CARD, CHECKING, SAVINGS

PRODUCTS = ("transactions", "balance")
# What an application may ask for; institutions here serve transactions alone.
KNOWN_PRODUCTS = ("assets", "auth", "balance", "identity", "investments", "liabilities", "transactions")
COUNTRIES = ("US",)


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


def _checking(name: str, mask: str, opening: int, *, persistent: bool = False) -> AccountPlan:
    official = f"{name} - Interest Checking"
    return AccountPlan(CHECKING, name, official, "depository", "checking", mask, opening, has_persistent_id=persistent)


def _savings(name: str, mask: str, opening: int, *, persistent: bool = False) -> AccountPlan:
    official = f"{name} - High Yield Savings"
    return AccountPlan(SAVINGS, name, official, "depository", "savings", mask, opening, has_persistent_id=persistent)


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
    )
}
