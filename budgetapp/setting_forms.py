"""The forms of the Settings page. A field whose value the environment gives is not there: that value wins."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from accounts import saved_settings
from accounts.household import TIME_ZONE
from accounts.saved_settings import effective, saved
from budgetapp.owner import WHAT_IS_STRONG
from plaid_sync import demo
from plaid_sync.credentials import EMULATOR, environment, given_secret
from plaid_sync.pacing import SYNC_INTERVAL, sync_interval
from plaid_sync.schedule import bring_forward
from plaid_sync.vault import SECRET_NAMES, encrypt_secret

ENVIRONMENTS = {"": "Off", EMULATOR: "Simulated bank", "sandbox": "Sandbox", "production": "Production"}
INTERVALS = {
    0: "Off: when somebody presses Sync or the bank reports news",
    1: "Every hour",
    4: "Every 4 hours",
    6: "Every 6 hours",
    12: "Every 12 hours",
    24: "Once a day",
}
OWN_CHANGE = "own_password"  # what a change of one's own password is noted as
REFUSED = "This is not your password. Nothing was changed. After five wrong attempts, wait a quarter of an hour."
CREDENTIAL = re.compile(r"[\x21-\x7e]{8,100}")


class PasswordForm(forms.Form):
    """Asks for the password again, so that a browser left open is not enough.

    Wrong ones count as at signing in: nobody who found the browser open can go on guessing.
    """

    password = forms.CharField(
        label="Your BudgetApp password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        if not _is_own_password(self.cleaned_data["password"], self.request):
            raise forms.ValidationError(REFUSED)
        return ""


class OwnPasswordForm(PasswordChangeForm):
    """A new password for whoever is signed in. Wrong old ones count as at signing in."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        if not isinstance(request.user, User):
            raise TypeError("LoginRequiredMiddleware lets nobody else in.")
        super().__init__(request.user, *args, **kwargs)
        self.request = request
        self.fields["old_password"].label = "Your present password"
        self.fields["new_password1"].help_text = WHAT_IS_STRONG
        self.fields["new_password2"].label = "The new one again"
        self.fields["new_password2"].help_text = ""

    def clean_old_password(self) -> str:
        typed: str = self.cleaned_data["old_password"]
        if not _is_own_password(typed, self.request):
            raise forms.ValidationError(REFUSED)
        return typed


@sensitive_variables("typed")
def _is_own_password(typed: str, request: HttpRequest) -> bool:
    return authenticate(request, username=request.user.get_username(), password=typed) == request.user


class PlaidForm(PasswordForm):
    """Who BudgetApp is to Plaid. Only what is typed in changes."""

    field_order = ("environment", "client_id", "secret", "password")

    environment = forms.ChoiceField(
        label="Environment", choices=list(ENVIRONMENTS.items()), widget=forms.RadioSelect, required=False
    )
    client_id = forms.CharField(label="Client id", required=False)
    secret = forms.CharField(
        label="Secret",
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Left empty, the saved one stays. It is kept encrypted and never shown again.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["environment"].initial = environment()
        self.fields["client_id"].initial = saved("PLAID_CLIENT_ID")
        self.fields["client_id"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        if settings.PLAID_ENV:
            del self.fields["environment"]
        if settings.PLAID_CLIENT_ID:
            del self.fields["client_id"]
        if settings.PLAID_SECRET:
            del self.fields["secret"]

    @property
    def has_anything_to_set(self) -> bool:
        return len(self.fields) > 1

    def clean_client_id(self) -> str:
        return _credential(self.cleaned_data["client_id"], "client id")

    def clean_secret(self) -> str:
        return _credential(self.cleaned_data["secret"], "secret")

    def clean(self) -> None:
        if self.errors:
            return
        if demo.is_on() and self.changed_data:
            raise forms.ValidationError(str(demo.DemoIsOn()))
        chosen, typed = self._chosen(), self.cleaned_data.get("secret", "")
        if chosen not in SECRET_NAMES:
            if typed:
                self.add_error("secret", "Choose Sandbox or Production above: a secret belongs to one of them.")
            return
        if typed and given_secret(chosen):
            self.add_error("secret", f"The secret for {chosen} is set in the environment, which wins. Change it there.")
        if not (typed or given_secret(chosen) or saved(SECRET_NAMES[chosen])):
            self.add_error("secret", f"Enter the secret for {chosen}. Each environment has one of its own.")
        if not (self.cleaned_data.get("client_id") or settings.PLAID_CLIENT_ID):
            self.add_error("client_id", "Enter the client id from Plaid’s dashboard.")

    @sensitive_variables("secret")
    def save(self, *, by: AbstractBaseUser, now: datetime) -> list[str]:
        """Saves what was changed; returns the names of those settings. Raises KeyProblem, with nothing saved."""
        changed = {}
        if "environment" in self.changed_data:
            changed["PLAID_ENV"] = self.cleaned_data["environment"]
        if "client_id" in self.changed_data:
            changed["PLAID_CLIENT_ID"] = self.cleaned_data["client_id"]
        with transaction.atomic():
            secret = self.cleaned_data.get("secret", "")
            if secret:
                changed[SECRET_NAMES[self._chosen()]] = encrypt_secret(secret, environment=self._chosen())
            for name, value in changed.items():
                saved_settings.save(name, value, by=by, now=now)
        return list(changed)

    def _chosen(self) -> str:
        return str(settings.PLAID_ENV or self.cleaned_data.get("environment", ""))


def _credential(typed: str, what: str) -> str:
    if typed and not CREDENTIAL.fullmatch(typed):
        raise forms.ValidationError(f"This is no {what} of Plaid: copy it whole, without spaces.")
    return typed


class HouseholdForm(forms.Form):
    """How often accounts are synced, and where the household lives."""

    interval = forms.TypedChoiceField(label="Sync linked accounts", choices=list(INTERVALS.items()), coerce=int)
    time_zone = forms.ChoiceField(label="Time zone", help_text="Decides what “today” is.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["interval"].initial = sync_interval()
        self.fields["time_zone"].initial = effective(TIME_ZONE) or "UTC"
        self.fields["time_zone"].choices = _zones()  # type: ignore[attr-defined]  # it is the ChoiceField above
        if settings.SYNC_INTERVAL_HOURS:
            del self.fields["interval"]
        if settings.HOUSEHOLD_TIME_ZONE:
            del self.fields["time_zone"]

    def save(self, *, by: AbstractBaseUser, now: datetime) -> list[str]:
        """Saves what was changed; returns the names of those settings."""
        columns = {"interval": SYNC_INTERVAL, "time_zone": TIME_ZONE}
        changed = {columns[field]: str(self.cleaned_data[field]) for field in self.changed_data}
        with transaction.atomic():
            for name, value in changed.items():
                saved_settings.save(name, value, by=by, now=now)
            if SYNC_INTERVAL in changed:
                bring_forward(now)
        return list(changed)


def _zones() -> list[Any]:
    """UTC, then the zones by continent, named as people look for them."""
    by_continent: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(available_timezones()):
        continent, slash, place = zone.partition("/")
        if slash and continent not in {"Etc", "SystemV", "US", "posix", "right"}:
            by_continent.setdefault(continent, []).append((zone, place.replace("_", " ").replace("/", ", ")))
    return [("UTC", "UTC"), *by_continent.items()]
