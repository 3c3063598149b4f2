"""Instants, days and spans in words, with the exact time beside them."""

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import household

register = template.Library()

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONTH = 30 * DAY
WEEK_DAYS = 7


@register.simple_tag
def ago(instant: datetime | None, never: str = "never") -> SafeString | str:
    """How long ago `instant` was, as a <time> that shows the exact moment on hover; `never` for None."""
    if instant is None:
        return never
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        instant.isoformat(timespec="seconds"),
        exactly(instant),
        in_words(instant, timezone.now()),
    )


@register.simple_tag
def moment(instant: datetime) -> SafeString:
    """The exact time as a <time>: "22 Nov 2026, 14:05"."""
    return format_html('<time datetime="{}">{}</time>', instant.isoformat(timespec="seconds"), exactly(instant))


@register.simple_tag
def coming(instant: datetime) -> SafeString:
    """When a moment ahead comes, as a <time> that shows the exact moment on hover: "tomorrow, 14:30"."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        instant.isoformat(timespec="seconds"),
        exactly(instant),
        ahead_in_words(instant, timezone.now()),
    )


@register.filter
def day(value: date) -> SafeString:
    """A bank day as a <time>: "22 Nov 2026". Never shifted by a time zone."""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), date_format(value, "j M Y"))


@register.filter
def day_heading(value: date) -> SafeString:
    """A day as the head of its rows: "Today", "Yesterday", "Friday 20 November", with the year if another."""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), _day_words(value, household.today()))


@register.filter
def month(value: date) -> str:
    """ "Mar 2024"."""
    return date_format(value, "M Y")


@register.filter
def span(value: timedelta | None) -> str:
    """A run's duration: "< 0.1 s", "0.4 s", "12 s", "2 min 5 s"; empty for None."""
    if value is None:
        return ""
    if value < timedelta(seconds=0.1):
        return "< 0.1 s"
    if value < timedelta(seconds=10):
        return f"{value / timedelta(seconds=1):.1f} s"
    minutes, seconds = divmod(round(value.total_seconds()), MINUTE)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def exactly(instant: datetime) -> str:
    """The instant on the household's clock, to the minute."""
    return date_format(household.local(instant), "j M Y, H:i")


def in_words(instant: datetime, now: datetime) -> str:
    """ "just now", "12 minutes ago", "3 hours ago", "5 days ago", then the date."""
    seconds = max(0, int((now - instant).total_seconds()))
    if seconds < MINUTE:
        return "just now"
    for unit, size, limit in (("minute", MINUTE, HOUR), ("hour", HOUR, DAY), ("day", DAY, MONTH)):
        if seconds < limit:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return date_format(household.local(instant), "j M Y")


def ahead_in_words(instant: datetime, now: datetime) -> str:
    """On the household's clock: "today, 14:30", "tomorrow, 14:30", "Monday, 14:30" within a week, then the date."""
    ahead = (household.local(instant).date() - household.today(now)).days
    if ahead in (0, 1):
        return f"{('today', 'tomorrow')[ahead]}, {date_format(household.local(instant), 'H:i')}"
    return date_format(household.local(instant), "l, H:i") if 1 < ahead < WEEK_DAYS else exactly(instant)


def _day_words(value: date, today: date) -> str:
    age = (today - value).days
    if age in (0, 1):
        return ("Today", "Yesterday")[age]
    return date_format(value, "l j F" if value.year == today.year else "l j F Y")
