from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Account, Transaction
from money.forms import CurrencyFormField


class AccountForm(forms.ModelForm):
    """Saves the columns that were changed and no other: a sync may write beside it."""

    def save(self, commit: bool = True) -> Account:
        account: Account = super().save(commit=False)
        columns = list(self.changed_data)
        if "balance_current" in columns:
            account.balance_updated_at = timezone.now()
            columns.append("balance_updated_at")
        if commit:
            account.save(update_fields=columns if account.pk else None)
        return account


class ManualAccountForm(AccountForm):
    """An account that is kept by hand: everything about it is the user's."""

    currency = CurrencyFormField(initial="USD", help_text="ISO code, such as USD.")

    class Meta:
        model = Account
        fields = ("name", "account_type", "institution", "mask", "currency", "balance_current")
        labels = {
            "account_type": "Type",
            "institution": "Bank",
            "mask": "Last digits",
            "balance_current": "Balance today",
        }
        help_texts = {
            "institution": "Accounts of one bank stand together.",
            "mask": "Of the account number, to tell accounts apart.",
            "balance_current": "For a card or a loan: what is owed.",
        }


class LinkedAccountForm(AccountForm):
    """A linked account: bank, currency and balance are the bank's to say."""

    class Meta:
        model = Account
        fields = ("name", "account_type")
        labels = {"account_type": "Type"}

    def clean_account_type(self) -> str:
        was_liability = Account(account_type=self.initial["account_type"]).is_liability
        chosen: str = self.cleaned_data["account_type"]
        if Account(account_type=chosen).is_liability != was_liability:
            words = "money owed" if was_liability else "money held"
            raise forms.ValidationError(f"The bank states this balance as {words}, so that type does not fit.")
        return chosen


class DeletionForm(forms.Form):
    """Deleting an account asks for its name, typed."""

    name = forms.CharField(label="Name of the account", widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, posted: QueryDict | None, *, asked: str) -> None:
        super().__init__(posted)
        self.asked = asked
        self.fields["name"].help_text = f"Type {asked} to confirm."

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if name.casefold() != self.asked.strip().casefold():
            raise forms.ValidationError(f"That is not “{self.asked}”. Nothing was deleted.")
        return name


class TransactionForm(forms.Form):
    """The user's words for a row, beside the bank's.

    Each field carries what it showed (`show_hidden_initial`), so a form that was open for long saves only what
    was typed into it. Words have no limit: they begin as the bank's, which has none.
    """

    merchant_name = forms.CharField(label="Merchant", required=False, show_hidden_initial=True)
    description = forms.CharField(required=False, show_hidden_initial=True)
    notes = forms.CharField(
        max_length=2000, required=False, show_hidden_initial=True, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, posted: QueryDict | None, *, transaction: Transaction) -> None:
        shown = {
            "merchant_name": transaction.shown_merchant,
            "description": transaction.shown_description,
            "notes": transaction.notes,
        }
        super().__init__(posted, initial=shown, auto_id=f"id_{transaction.pk}_%s")
        self.transaction = transaction

    def save(self) -> None:
        """Saves what was changed in the form; the bank's own words are stored as "not edited"."""
        edits = {name: self.cleaned_data[name] for name in self.changed_data}
        for name, bank_words in self.transaction.bank_words.items():
            if edits.get(name) == bank_words and not self.transaction.is_frozen:
                edits[name] = None
        self.transaction.edit(**edits)
