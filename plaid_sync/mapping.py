"""Which account of the bank is which account of the books: a guess with its reason, never the first one.

A pair has to agree in type and subtype, then it is told apart by the last digits and the name. Only a
pair that is unique on both sides is proposed; where several would do, the user is asked.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Self

from accounts.models import Account
from accounts.proof import Coverage
from investments.models import InvestmentAccount
from plaid_sync.answers import BankAccount

NEW = "new"
SKIP = "skip"
ASK = ""

OwnAccount = Account | InvestmentAccount
_Invested = InvestmentAccount.Type
_INVESTMENT_TYPES = {
    "brokerage": _Invested.TAXABLE,
    "mutual fund": _Invested.TAXABLE,
    "stock plan": _Invested.TAXABLE,
    "ira": _Invested.TRADITIONAL_IRA,
    "sep ira": _Invested.TRADITIONAL_IRA,
    "simple ira": _Invested.TRADITIONAL_IRA,
    "sarsep": _Invested.TRADITIONAL_IRA,
    "roth": _Invested.ROTH,
    "401a": _Invested.RETIREMENT,
    "401k": _Invested.RETIREMENT,
    "403b": _Invested.RETIREMENT,
    "457b": _Invested.RETIREMENT,
    "roth 401k": _Invested.RETIREMENT,
    "hsa": _Invested.HEALTH,
    "529": _Invested.EDUCATION,
    "education savings account": _Invested.EDUCATION,
    "crypto exchange": _Invested.CRYPTO,
    "non-custodial wallet": _Invested.CRYPTO,
}
_TYPES: Mapping[tuple[str, str], str] = {
    ("depository", "checking"): Account.Type.CHECKING,
    ("depository", "savings"): Account.Type.SAVINGS,
    ("credit", "credit card"): Account.Type.CREDIT,
    **{("investment", subtype): kind for subtype, kind in _INVESTMENT_TYPES.items()},
}
_NEAREST_SAVINGS = {"cd", "hsa", "money market"}
_MAY_BE: Mapping[str, Collection[str]] = {
    "depository": {Account.Type.CHECKING, Account.Type.SAVINGS, Account.Type.CASH, Account.Type.OTHER},
    "credit": {Account.Type.CREDIT, Account.Type.OTHER},
    "loan": {Account.Type.LOAN, Account.Type.OTHER},
}


@dataclass(frozen=True, slots=True)
class OfferedAccount:
    """One account that a new connection offers. `type` and `subtype` are Plaid's words; they count together."""

    id: str
    name: str
    mask: str
    type: str
    subtype: str
    currency: str = "USD"
    persistent_id: str = ""

    @classmethod
    def of(cls, bank: BankAccount) -> Self:
        """What counts of an account of /accounts/get."""
        return cls(
            id=bank.account_id,
            name=(bank.name or bank.official_name or "Account").strip()[:120],
            mask=bank.mask[:8],
            type=bank.type,
            subtype=bank.subtype,
            currency=bank.balances.currency[:16] or "USD",
            persistent_id=bank.persistent_account_id,
        )

    def as_stored(self) -> dict[str, str]:
        """What a LinkSession keeps of it; `OfferedAccount(**stored)` brings it back."""
        return asdict(self)

    @property
    def is_syncable(self) -> bool:
        """Whether Plaid's transactions cover this kind of account."""
        return self.type in _MAY_BE

    @property
    def is_investment(self) -> bool:
        """Whether it holds securities: its place is the portfolio."""
        return self.type == "investment"

    @property
    def investment_type(self) -> InvestmentAccount.Type:
        """The nearest type that the portfolio knows."""
        return investment_type(self.subtype)

    @property
    def account_type(self) -> Account.Type:
        """The nearest type that the books know."""
        if self.type == "depository":
            is_savings = self.subtype == "savings" or self.subtype in _NEAREST_SAVINGS
            return Account.Type.SAVINGS if is_savings else Account.Type.CHECKING
        return {"credit": Account.Type.CREDIT, "loan": Account.Type.LOAN}.get(self.type, Account.Type.OTHER)

    def __str__(self) -> str:
        return f"{self.name} ••{self.mask}" if self.mask else self.name


def investment_type(subtype: str) -> InvestmentAccount.Type:
    """What the portfolio calls an investment account of Plaid's `subtype`."""
    return _INVESTMENT_TYPES.get(subtype.casefold(), _Invested.OTHER)


@dataclass(slots=True)
class Proposal:
    """What to do with one account of the bank: `choice` is NEW, SKIP, ASK, or an own account (see `choice_of`)."""

    bank: OfferedAccount
    choice: str
    reason: str
    accounts: Sequence[OwnAccount] = field(default_factory=list)
    coverages: Mapping[str, Coverage] = field(default_factory=dict)
    """What each own account holds already, by the choice that names it."""

    @property
    def overlap(self) -> Coverage | None:
        """What the proposed account holds already; None if nothing."""
        return self.coverages.get(self.choice)


def choice_of(account: OwnAccount) -> str:
    """How a choice names the account: its id, or its key if it lives in the other database."""
    return str(account.key) if isinstance(account, InvestmentAccount) else str(account.pk)


def propose(
    bank_accounts: Iterable[OfferedAccount],
    accounts: Sequence[Account],
    *,
    institution: str,
    started_from: Account | None = None,
) -> list[Proposal]:
    """A proposal for each syncable account of the bank.

    `accounts` are those of the books that no bank feeds yet. Guesses are made among those of the same
    institution and `started_from`; the others can only be chosen by hand.
    """
    banks = [bank for bank in bank_accounts if bank.is_syncable]
    near = [account for account in accounts if is_same_place(account, institution) or account == started_from]
    return _propose(banks, accounts, near)


def propose_investments(
    bank_accounts: Iterable[OfferedAccount], accounts: Sequence[InvestmentAccount], *, institution: str
) -> list[Proposal]:
    """A proposal for each investment account of the bank; `accounts` are those that no bank feeds yet."""
    banks = [bank for bank in bank_accounts if bank.is_investment]
    return _propose(banks, accounts, [account for account in accounts if is_same_place(account, institution)])


def may_be_linked(bank: OfferedAccount, account: OwnAccount) -> bool:
    """Whether the account can take what the bank sends: a fitting type, the same currency."""
    fits = bank.is_investment or account.account_type in _MAY_BE.get(bank.type, ())
    return fits and account.currency == bank.currency


def is_same_place(account: OwnAccount, institution: str) -> bool:
    return _squeezed(account.institution) == _squeezed(institution)


def is_same_text(one: str, other: str) -> bool:
    """Whether two names differ in case and spaces at most; empty names are never the same."""
    return bool(one) and _squeezed(one) == _squeezed(other)


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


def _propose(
    banks: Sequence[OfferedAccount], accounts: Sequence[OwnAccount], near: Sequence[OwnAccount]
) -> list[Proposal]:
    guesses = _guesses(banks, near)
    return [_proposal(bank, guesses.get(bank.id), near, accounts) for bank in banks]


def _proposal(
    bank: OfferedAccount,
    guess: tuple[OwnAccount, str] | None,
    near: Sequence[OwnAccount],
    accounts: Sequence[OwnAccount],
) -> Proposal:
    possible = [account for account in accounts if may_be_linked(bank, account)]
    if guess:
        account, reason = guess
        return Proposal(bank, choice_of(account), reason, possible)
    if any(_could_be(bank, account) for account in near):
        return Proposal(bank, ASK, "Several of your accounts could be this one: please choose.", possible)
    return Proposal(
        bank, NEW, "Not in your portfolio yet." if bank.is_investment else "Not in your books yet.", possible
    )


def _guesses(banks: Sequence[OfferedAccount], near: Sequence[OwnAccount]) -> dict[str, tuple[OwnAccount, str]]:
    """The pairs that are unique on both sides, by bank account id, the strongest likeness first."""
    found: dict[str, tuple[OwnAccount, str]] = {}
    for is_alike, reason in _LIKENESSES:
        taken = {account.pk for account, _ in found.values()}
        pairs = [
            (bank, account)
            for bank in banks
            for account in near
            if bank.id not in found and account.pk not in taken and _could_be(bank, account) and is_alike(bank, account)
        ]
        of_bank = Counter(bank.id for bank, _ in pairs)
        of_account = Counter(account.pk for _, account in pairs)
        for bank, account in pairs:
            if of_bank[bank.id] == of_account[account.pk] == 1:
                found[bank.id] = account, reason.format(mask=bank.mask, type=account.get_account_type_display())
    return found


def _could_be(bank: OfferedAccount, account: OwnAccount) -> bool:
    """No fact speaks against the pair: fitting type and subtype, same currency, no other last digits."""
    nearest = bank.investment_type if bank.is_investment else bank.account_type
    expected = _TYPES.get((bank.type, bank.subtype), nearest)
    has_other_mask = bool(bank.mask and account.mask and bank.mask != account.mask)
    return account.account_type == expected and account.currency == bank.currency and not has_other_mask


def _is_mask_alike(bank: OfferedAccount, account: OwnAccount) -> bool:
    return bool(bank.mask) and bank.mask == account.mask


def _is_name_alike(bank: OfferedAccount, account: OwnAccount) -> bool:
    return is_same_text(bank.name, account.name)


def _is_kind_alike(bank: OfferedAccount, account: OwnAccount) -> bool:
    return _TYPES.get((bank.type, bank.subtype)) == account.account_type


_LIKENESSES: Sequence[tuple[Callable[[OfferedAccount, OwnAccount], bool], str]] = (
    (
        lambda bank, account: _is_mask_alike(bank, account) and _is_name_alike(bank, account),
        "Same name and ending ••{mask}.",
    ),
    (_is_mask_alike, "Same ending ••{mask}."),
    (_is_name_alike, "Same name."),
    (_is_kind_alike, "The only {type} account left at this bank."),
)
