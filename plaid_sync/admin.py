from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from plaid_sync.models import InvestmentLink, InvestmentRun, LinkedAccount, LinkSession, PlaidItem, WebhookEvent


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
        "products",
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


@admin.register(InvestmentLink)
class InvestmentLinkAdmin(ReadOnlyAdmin):
    list_display = ("name", "mask", "item", "state", "next_sync_at", "lease_until", "attempts")
    list_filter = ("state", "item")
    list_select_related = ("item",)
    exclude = ("lease_token",)


@admin.register(InvestmentRun)
class InvestmentRunAdmin(ReadOnlyAdmin):
    date_hierarchy = "started_at"
    list_display = ("started_at", "name", "institution", "trigger", "status", "added", "withdrawn", "request_id")
    list_filter = ("status", "trigger", "institution")
    search_fields = ("request_id", "error_code", "name")


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


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "kind", "code", "item_id", "environment", "outcome")
    list_filter = ("outcome", "kind", "code", "received_at")
    search_fields = ("item_id", "code")
    fields = ("received_at", "kind", "code", "item_id", "environment", "facts", "fingerprint", "outcome")
