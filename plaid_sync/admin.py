from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at: what they hold is changed by the app alone. `fields` keeps tokens out."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(PlaidItem)
class PlaidItemAdmin(ReadOnlyAdmin):
    list_display = ("institution", "environment", "status", "error_code", "consent_expires_at", "created_at")
    list_filter = ("status", "environment", "institution")
    search_fields = ("institution", "item_id", "error_code")
    fields = (
        "item_id",
        "institution",
        "institution_id",
        "environment",
        "status",
        "error_code",
        "consent_expires_at",
        "created_at",
    )


@admin.register(LinkedAccount)
class LinkedAccountAdmin(ReadOnlyAdmin):
    list_display = ("account", "item", "history_status", "next_sync_at", "lease_until", "attempts")
    list_filter = ("history_status", "item")
    list_select_related = ("account", "item")
    fields = (
        "account",
        "item",
        "plaid_account_id",
        "persistent_account_id",
        "feed",
        "history_status",
        "next_sync_at",
        "lease_until",
        "attempts",
    )


@admin.register(LinkSession)
class LinkSessionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "outcome", "item", "error_code", "request_id")
    list_filter = ("outcome", "created_at", "item")
    list_select_related = ("user", "item")
    search_fields = ("error_code", "error_message", "request_id", "link_session_id")
    fields = (
        "user",
        "purpose",
        "account",
        "item",
        "outcome",
        "bank_accounts",
        "error_code",
        "error_message",
        "request_id",
        "link_session_id",
        "expires_at",
        "created_at",
    )
