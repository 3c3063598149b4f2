from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from accounts.models import Account
from imports.reading import FileStatement
from imports.receiving import is_of

MAX_BYTES = 5 * 1024 * 1024
TOO_LARGE = "This file is larger than 5 MB. Export a shorter period, and import one part after the other."


class UploadForm(forms.Form):
    """A file and the account it belongs to."""

    account = forms.ModelChoiceField(
        Account.objects.in_reading_order(),
        label="Account",
        empty_label="Choose an account",
        error_messages={"required": "Choose the account that the file is of."},
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,  # the reader says what to do about it
        error_messages={"required": "Choose a file."},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.ofx,.qfx,.qbo,text/csv", "data-drop-input": True}),
    )
    insists = forms.BooleanField(label="It is the same account: import it all the same", required=False)

    def __init__(
        self,
        posted: QueryDict | None = None,
        files: MultiValueDict[str, UploadedFile] | None = None,
        *,
        account: str = "",
    ) -> None:
        super().__init__(posted, files, initial={"account": account})
        self.asks_about_account = False

    def clean_file(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["file"]
        if (upload.size or 0) > MAX_BYTES:
            raise ValidationError(TOO_LARGE)
        return upload


LEAVE_OUT = ""


class StatementsForm(forms.Form):
    """Which account each statement of a file is of; one field per statement."""

    def __init__(self, statements: tuple[FileStatement, ...], posted: QueryDict | None = None) -> None:
        super().__init__(posted)
        self.statements = statements
        self.accounts = {str(account.pk): account for account in Account.objects.in_reading_order()}
        for number, statement in enumerate(statements):
            self.fields[f"statement-{number}"] = forms.ChoiceField(
                label=statement.account_name or f"Account ••{statement.account_hint}",
                choices=[(LEAVE_OUT, "Leave out"), *((key, str(account)) for key, account in self.accounts.items())],
                required=False,
                initial=self._guess(statement),
            )

    def _guess(self, statement: FileStatement) -> str:
        """The only account whose last digits are the statement's."""
        found = [key for key, account in self.accounts.items() if is_of(statement, account)]
        return found[0] if len(found) == 1 else LEAVE_OUT

    def rows(self) -> list[tuple[FileStatement, forms.BoundField]]:
        return [(statement, self[f"statement-{number}"]) for number, statement in enumerate(self.statements)]

    def clean(self) -> dict[str, str]:
        cleaned: dict[str, str] = super().clean() or {}
        chosen = [key for key in cleaned.values() if key]
        if not chosen:
            raise ValidationError("Choose an account for at least one of them.")
        if len(chosen) != len(set(chosen)):
            raise ValidationError("One account is chosen twice. Each part of the file is of another account.")
        for number, statement in enumerate(self.statements):
            account = self.accounts.get(cleaned.get(f"statement-{number}", ""))
            if account and statement.currency and statement.currency != account.currency:
                self.add_error(
                    f"statement-{number}",
                    f"This part is in {statement.currency}, but {account.name} is kept in {account.currency}.",
                )
        return cleaned

    def choices(self) -> dict[int, Account]:
        """The account of each statement that is not left out."""
        keys = ((number, self.cleaned_data[f"statement-{number}"]) for number in range(len(self.statements)))
        return {number: self.accounts[key] for number, key in keys if key}
