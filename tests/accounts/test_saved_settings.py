from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.utils import timezone
from django_q.signals import pre_execute
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import household, saved_settings
from accounts.models import AuditEvent, SavedSetting
from accounts.saved_settings import effective

pytestmark = pytest.mark.django_db


def test_a_setting_that_is_set_nowhere_is_empty(settings: Settings) -> None:
    settings.HOUSEHOLD_TIME_ZONE = ""
    assert effective("HOUSEHOLD_TIME_ZONE") == ""
    assert str(household.time_zone()) == "UTC"


def test_what_was_saved_holds_where_the_environment_gives_nothing(user: User, settings: Settings) -> None:
    settings.HOUSEHOLD_TIME_ZONE = ""
    saved_settings.save("HOUSEHOLD_TIME_ZONE", "Asia/Tokyo", by=user, now=timezone.now())
    assert str(household.time_zone()) == "Asia/Tokyo"
    settings.HOUSEHOLD_TIME_ZONE = "Europe/Vienna"
    assert str(household.time_zone()) == "Europe/Vienna"


def test_however_often_it_is_asked_for_one_query_answers(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        for name in ("PLAID_ENV", "SYNC_INTERVAL_HOURS", "PLAID_ENV"):
            effective(name)


def begin_a_request() -> None:
    Client().get("/sign-in/")


def begin_a_job() -> None:
    pre_execute.send(sender="django_q", func=household.today, task={})


@pytest.mark.parametrize("begin", [begin_a_request, begin_a_job])
def test_what_another_process_saved_holds_with_the_next(begin: Callable[[], None], settings: Settings) -> None:
    settings.HOUSEHOLD_TIME_ZONE = ""
    assert str(household.time_zone()) == "UTC"
    SavedSetting.objects.create(name="HOUSEHOLD_TIME_ZONE", value="Asia/Tokyo", changed_at=timezone.now())
    begin()
    assert str(household.time_zone()) == "Asia/Tokyo"


def test_each_change_is_noted_with_who_and_when_but_never_the_value(user: User) -> None:
    now = timezone.now()
    saved_settings.save("PLAID_CLIENT_ID", "a-client-id", by=user, now=now)
    saved_settings.save("PLAID_CLIENT_ID", "", by=user, now=now)
    changes = list(AuditEvent.objects.values_list("about", "user__username", "happened_at"))
    assert changes == [("PLAID_CLIENT_ID", "alice", now)] * 2
    assert not SavedSetting.objects.exists()
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {AuditEvent._meta.db_table}")  # noqa: S608  a table of ours
        assert "a-client-id" not in str(cursor.fetchall())


def test_a_change_outlives_the_person_who_made_it(user: User) -> None:
    saved_settings.save("PLAID_CLIENT_ID", "a-client-id", by=user, now=timezone.now())
    user.delete()
    assert AuditEvent.objects.get().user is None
