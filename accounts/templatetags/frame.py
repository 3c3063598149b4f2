"""What the frame around every page knows: the colour scheme, the worker, what waits for a person."""

from dataclasses import dataclass
from datetime import datetime

from django import template
from django.template import Context
from django.utils import timezone

from accounts.models import HeldLine
from accounts.worker import LATE_AFTER, last_beat

register = template.Library()

THEME_COOKIE = "budgetapp-theme"
THEMES = ("auto", "light", "dark")


@register.simple_tag(takes_context=True)
def chosen_theme(context: Context) -> str:
    """`auto`, `light` or `dark`, as the visitor's cookie says."""
    request = context.get("request")
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request else ""
    return chosen if chosen in THEMES else "auto"


@dataclass(frozen=True)
class WorkerLateness:
    """Whether the jobs stand still, and when the worker was last seen (None: never)."""

    is_late: bool
    seen_at: datetime | None


@register.simple_tag
def worker_lateness() -> WorkerLateness:
    """How the background worker stands, in one query."""
    seen_at = last_beat()
    return WorkerLateness(is_late=seen_at is None or timezone.now() - seen_at > LATE_AFTER, seen_at=seen_at)


@register.simple_tag
def undecided_count() -> int:
    """How many things wait for a person's decision, in one query."""
    return HeldLine.objects.needing_a_person().count()
