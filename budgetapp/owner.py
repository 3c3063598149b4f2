"""The first person of an install. There is no default password: whoever reads the server's log makes the owner.

The link in the log is signed and ends after a day, and no link works once anybody is there.
"""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.core import signing
from django.db import DatabaseError, transaction
from django.urls import reverse

from budgetapp.table_lock import keep_others_waiting

logger = logging.getLogger(__name__)

VALID_FOR = timedelta(days=1)
WHAT_IS_STRONG = "At least 10 characters, not only digits, and none that many people use."
_PURPOSE = "budgetapp.owner"


class AlreadyOwned(Exception):
    """Somebody else was first."""


class OwnerForm(UserCreationForm):
    """Name and password of the owner, who is also the administrator."""

    class Meta:
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = ""
        self.fields["password1"].help_text = WHAT_IS_STRONG
        self.fields["password2"].help_text = ""
        self.fields["password2"].label = "The same again"

    def create(self) -> User:
        """Makes the owner. Raises AlreadyOwned if anybody is there already."""
        owner: User = self.save(commit=False)
        owner.is_staff = owner.is_superuser = True
        with transaction.atomic():
            keep_others_waiting(User)
            if has_owner():
                raise AlreadyOwned
            owner.save()
        return owner


def has_owner() -> bool:
    """Whether anybody can sign in."""
    return User.objects.exists()


def set_up_link() -> str:
    return settings.SITE_URL + reverse("set_up", args=[signing.dumps("owner", salt=_PURPOSE)])


def is_valid(token: str) -> bool:
    """Whether the token of a set-up link is ours and not older than a day."""
    try:
        return bool(signing.loads(token, salt=_PURPOSE, max_age=VALID_FOR) == "owner")
    except signing.BadSignature:
        return False


def announce() -> None:
    """Tells the log how to make the owner while nobody is there; says nothing before the tables exist."""
    try:
        if not has_owner():
            logger.warning(
                "Nobody can sign in yet. Whoever opens this link within a day becomes the owner: %s  "
                "(or run: manage.py createsuperuser)",
                set_up_link(),
            )
    except DatabaseError:
        logger.warning("The books have no tables yet. Run: manage.py migrate")
