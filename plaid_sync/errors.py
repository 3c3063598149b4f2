"""What can go wrong between BudgetApp and a bank, in words that a user can act on.

`str()` of every error here is a sentence for a person. None holds a token or a raw answer.
"""

import re

from plaid_sync.steps import Step

_AT_THE_BEGINNING = re.compile(r"(^|\. )\{bank\}")


class TokenUnreadable(Exception):
    """A stored token can't be decrypted here, or belongs to something else: reconnect that account."""


class KeyProblem(Exception):
    """Nothing can be encrypted now; the message says which key is missing or wrong and what to do."""


class NotConfigured(Exception):
    """Plaid's client id or secret is not set: bank syncing is off."""

    def __init__(self) -> None:
        super().__init__("Bank syncing is off: Plaid's client id and secret are not set.")


class PlaidError(Exception):
    """Plaid refused a call, or could not be reached.

    `code` and `kind` are Plaid's error_code and error_type ("" without an answer), `request_id` its
    reference, `display_message` its own words for the user ("" if none), `retry_after` the seconds
    that it asks to wait (None if it doesn't say). "{bank}" in the sentence stands for the bank's name.
    """

    step = Step.WAIT
    """What helps."""
    is_retryable = False
    """Whether the same call can succeed later without anybody doing anything."""
    item_status = ""
    """The `PlaidItem.Status` that the error puts the whole login in; "" if it says nothing about it."""

    def __init__(
        self,
        sentence: str,
        *,
        code: str = "",
        kind: str = "",
        request_id: str = "",
        display_message: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.kind = kind
        self.request_id = request_id
        self.display_message = display_message
        self.retry_after = retry_after

    def __str__(self) -> str:
        return _AT_THE_BEGINNING.sub(r"\1The bank", self._sentence).replace("{bank}", "the bank")

    def about(self, bank: str) -> str:
        """The sentence with the bank's name in it; without a name as `str()`."""
        return self._sentence.replace("{bank}", bank) if bank else str(self)

    @property
    def _sentence(self) -> str:
        return str(self.args[0])


class LoginRequired(PlaidError):
    """The bank wants the user to sign in again."""

    step = Step.SIGN_IN
    item_status = "login_required"


class NothingShared(PlaidError):
    """The login works but shares no account any more."""

    step = Step.CHOOSE
    item_status = "error"


class AccessRevoked(PlaidError):
    """The access is gone for good, or can't be read here: the bank has to be connected anew."""

    step = Step.RELINK
    item_status = "error"


class NeedsAttention(PlaidError):
    """The login does not work, for a reason that Plaid is new to name."""

    step = Step.SIGN_IN
    item_status = "error"


class BankUnsupported(PlaidError):
    """Plaid can't serve this bank (any more): nobody here can do anything about it."""

    step = Step.NOTHING
    item_status = "error"


class BankNotEnabled(PlaidError):
    """This bank is not enabled for the app's Plaid account."""

    step = Step.CONFIGURE
    item_status = "error"


class AccountGone(PlaidError):
    """The bank no longer knows or shares this one account; its siblings are not concerned."""

    step = Step.CHOOSE


class ProductUnavailable(PlaidError):
    """The bank does not offer what was asked for: it is not asked for it again."""

    step = Step.NOTHING


class ConsentMissing(ProductUnavailable):
    """The user has not been asked for this kind of data yet."""

    step = Step.SIGN_IN


class LinkExpired(PlaidError):
    """The link or public token is used up: start again."""

    step = Step.RELINK


class ConfigurationError(PlaidError):
    """Plaid refuses the app itself: no item works until its credentials are put right."""

    step = Step.CONFIGURE


class OtherEnvironment(PlaidError):
    """The item belongs to another of Plaid's environments than the one the app runs with."""

    step = Step.CONFIGURE


class KeyLost(PlaidError):
    """No access can be read before the key of what is stored is back; nothing is wrong with the logins."""

    step = Step.CONFIGURE


class RequestRefused(PlaidError):
    """Plaid found the request itself wrong: a fault of BudgetApp."""

    step = Step.REPORT


class MutationDuringPagination(PlaidError):
    """The data changed between two pages: start again at the first cursor."""

    is_retryable = True


class CursorRefused(PlaidError):
    """The cursor does not belong to this access token."""

    is_retryable = True


class TemporarilyUnavailable(PlaidError):
    """Plaid, the bank or the network is down for the moment."""

    is_retryable = True


class NotReady(TemporarilyUnavailable):
    """The bank is still preparing its data."""


class RateLimited(TemporarilyUnavailable):
    """Too many calls; wait at least a minute."""


class BadAnswer(TemporarilyUnavailable):
    """The answer was not what Plaid sends: a proxy's page, a broken or an oversized body."""


class ProviderLoop(BadAnswer):
    """The pages of a sync don't lead to an end."""
