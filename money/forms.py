from decimal import Decimal

from django import forms


class MoneyFormField(forms.DecimalField):
    """Shows an amount with two decimals unless it needs more."""

    def prepare_value(self, value: object) -> object:
        if not isinstance(value, Decimal) or not value.is_finite():
            return value
        cents = Decimal("0.01")
        return value.quantize(cents) if value == value.quantize(cents) else value.normalize()


class CurrencyFormField(forms.CharField):
    """The three letters of a currency, in capitals."""

    def clean(self, value: str | None) -> str:
        currency: str = super().clean(value).strip().upper()
        if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            raise forms.ValidationError("Use the three letters of the currency, such as USD or EUR.")
        return currency
