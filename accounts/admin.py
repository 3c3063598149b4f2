"""The books in Django's admin: what runs did and what they held, to look at and never to change."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import AuditEvent, HeldLine, SyncLog


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at: nobody adds, changes or deletes them here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(SyncLog)
class SyncLogAdmin(ReadOnlyAdmin):
    date_hierarchy = "started_at"
    list_display = (
        "started_at",
        "account",
        "source",
        "trigger",
        "status",
        "added",
        "modified",
        "removed",
        "request_id",
    )
    list_filter = ("status", "trigger", "source", "account")
    list_select_related = ("account",)
    search_fields = ("request_id", "error_code", "account__name")
    exclude = ("cursor_before", "cursor_after")


@admin.register(HeldLine)
class HeldLineAdmin(ReadOnlyAdmin):
    date_hierarchy = "created_at"
    list_display = ("created_at", "account", "reason", "feed", "external_id", "resolved_at")
    list_filter = ("reason", ("resolved_at", admin.EmptyFieldListFilter), "account")
    list_select_related = ("account",)
    search_fields = ("external_id", "detail", "account__name")
    raw_id_fields = ("candidate", "run")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    date_hierarchy = "happened_at"
    list_display = ("happened_at", "kind", "user", "about")
    list_filter = ("kind", "user")
    list_select_related = ("user",)
    fields = list_display
