"""The forms of accounts and positions that are kept by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict

from investments import by_hand
from investments.models import Holding, InvestmentAccount, Security
from money.fields import BIGINT_MAX, from_ten_thousandths
from money.forms import CurrencyFormField, MoneyFormField

MOST = from_ten_thousandths(BIGINT_MAX)


class InvestmentAccountForm(forms.ModelForm):
    """Saves the columns that were changed and no other: a sync may write beside it."""

    def save(self, commit: bool = True) -> InvestmentAccount:
        account: InvestmentAccount = super().save(commit=False)
        if commit:
            account.save(update_fields=self.changed_data if account.pk else None)
        return account


class ByHandAccountForm(InvestmentAccountForm):
    """An account that is kept by hand: everything about it is the user's."""

    currency = CurrencyFormField(initial="USD", help_text="ISO code, such as USD.")

    class Meta:
        model = InvestmentAccount
        fields = ("name", "account_type", "institution", "mask", "currency")
        labels = {"account_type": "Type", "mask": "Last digits"}
        help_texts = {
            "institution": "The broker, bank or exchange. Accounts of one institution stand together.",
            "mask": "Of the account number, to tell accounts apart.",
        }


class ConnectedAccountForm(InvestmentAccountForm):
    """A connected account: institution, number and currency are the institution's to say."""

    class Meta:
        model = InvestmentAccount
        fields = ("name", "account_type")
        labels = {"account_type": "Type"}


class QuantityForm(forms.Form):
    """How much of a security is held, what it cost, and its price where no source has one."""

    quantity = forms.DecimalField(
        max_digits=28, decimal_places=10, help_text="Shares, units or coins; of cash the amount."
    )
    cost_basis = MoneyFormField(
        label="Cost",
        required=False,
        min_value=0,
        max_value=MOST,
        decimal_places=4,
        help_text="What you paid for all of it. Without it the position counts in no gain.",
    )
    price = forms.DecimalField(
        label="Price by hand",
        required=False,
        max_digits=28,
        decimal_places=10,
        help_text="Of one unit, today. Only for what no price source knows: a newer quote takes its place.",
    )

    def __init__(self, posted: QueryDict | None, *, initial: dict[str, object], today: date) -> None:
        super().__init__(posted, initial=initial)
        self.today = today
        self.known_price: Decimal | None = None

    def clean_quantity(self) -> Decimal:
        quantity: Decimal = self.cleaned_data["quantity"]
        if quantity == 0:
            raise forms.ValidationError("Nothing of it is no position.")
        return quantity

    def clean_price(self) -> Decimal | None:
        price: Decimal | None = self.cleaned_data["price"]
        if price is not None and price <= 0:
            raise forms.ValidationError("A price is more than zero.")
        return price

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        price = cleaned.get("price") or self.known_price or Decimal(1)
        if "quantity" in cleaned and abs(cleaned["quantity"]) * price > MOST:
            self.add_error("quantity", "That is worth more than the app can count.")
        return cleaned

    def keep(self, account: InvestmentAccount, security: Security) -> Holding:
        """Makes it the account's position from today on."""
        price = self.cleaned_data.get("price")
        if price is not None and "price" in self.changed_data and not security.is_cash:
            by_hand.set_price(security, price, day=self.today)
        return by_hand.set_position(
            account,
            security,
            quantity=self.cleaned_data["quantity"],
            cost_basis=None if security.is_cash else self.cleaned_data["cost_basis"],
            today=self.today,
        )


class PositionForm(QuantityForm):
    """A position that is held."""

    def __init__(self, posted: QueryDict | None, *, holding: Holding, today: date) -> None:
        security = holding.security
        is_by_hand = security.price_source == Security.PriceSource.MANUAL
        shown: dict[str, object] = {
            "quantity": plain(holding.quantity),
            "cost_basis": holding.cost_basis,
            "price": plain(security.close_price) if is_by_hand and security.close_price else None,
        }
        super().__init__(posted, initial=shown, today=today)
        self.holding = holding
        self.known_price = security.close_price
        if security.is_cash:
            del self.fields["cost_basis"], self.fields["price"]

    def save(self) -> Holding:
        return self.keep(self.holding.investment_account, self.holding.security)


class NewPositionForm(QuantityForm):
    """A position that the account does not hold yet."""

    security_type = forms.ChoiceField(label="Kind", choices=Security.Type, initial=Security.Type.EQUITY)
    ticker = forms.CharField(
        max_length=32,
        error_messages={"required": "Say what it is."},
        help_text="As Yahoo Finance writes it, such as VTI or BTC-USD. "
        "What is listed nowhere gets a short name of yours; cash needs none.",
    )
    name = forms.CharField(required=False, max_length=255)
    currency = CurrencyFormField(help_text="That the price is in.")
    field_order = ("security_type", "ticker", "name", "currency", "quantity", "cost_basis", "price")

    def __init__(self, posted: QueryDict | None, *, account: InvestmentAccount, today: date) -> None:
        super().__init__(posted, initial={"currency": account.currency}, today=today)
        self.account = account
        self.fields["ticker"].required = not posted or posted.get("security_type") != Security.Type.CASH

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        is_cash = cleaned.get("security_type") == Security.Type.CASH
        ticker = f"CUR:{cleaned.get('currency')}" if is_cash else cleaned.get("ticker", "").upper()
        kind, currency = cleaned.get("security_type", ""), cleaned.get("currency", "")
        alike = Security.objects.called(ticker, currency=currency, security_type=kind)
        is_held = Q(security__ticker__iexact=ticker) | Q(security__in=alike)
        if by_hand.positions(self.account, self.today).filter(is_held).exists():
            self.add_error("ticker", "This account holds it already. Edit that position instead.")
        prices = Security.objects.filter(ticker__iexact=ticker).exclude(close_price=None).order_by("-close_price")
        self.known_price = prices.values_list("close_price", flat=True).first()
        return super().clean()

    def clean_ticker(self) -> str:
        ticker: str = self.cleaned_data["ticker"]
        return by_hand.clean_ticker(ticker) if ticker else ""

    def save(self) -> Holding:
        chosen = self.cleaned_data
        if chosen["security_type"] == Security.Type.CASH:
            security = by_hand.cash(chosen["currency"])
        else:
            security = by_hand.security_by_ticker(
                chosen["ticker"],
                currency=chosen["currency"],
                security_type=Security.Type(chosen["security_type"]),
                name=chosen["name"],
            )
        return self.keep(self.account, security)


def plain(number: Decimal) -> Decimal:
    """The number without zeros at its end, and without an exponent."""
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()
