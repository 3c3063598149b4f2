"""The queue in the admin: to look at, not to edit. One malformed schedule would stop all of them."""

from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success

from accounts.admin import ReadOnlyAdmin

for model in (Failure, OrmQ, Schedule, Success):
    admin.site.unregister(model)


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ("name", "func", "minutes", "next_run")
    fields = list_display


@admin.register(Failure, Success)
class FinishedJobAdmin(ReadOnlyAdmin):
    list_display = ("func", "started", "stopped", "success")
    list_filter = ("func",)
    fields = list_display
