"""The one thing that helps after an error."""

from django.db.models import TextChoices


class Step(TextChoices):
    """What has to happen before a bank works again; who is to do it follows from the step."""

    WAIT = "wait", "Wait: it is tried again"
    SIGN_IN = "sign_in", "Sign in again"
    CHOOSE = "choose", "Choose accounts"
    RELINK = "relink", "Connect again"
    CONFIGURE = "configure", "Check the Plaid settings"
    REPORT = "report", "Report it"
    NOTHING = "nothing", "Nothing to do"
