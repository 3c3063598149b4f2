"""Imports in Django's admin: to look at, never to change. The content of files is not shown."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from imports.models import ColumnProfile, ImportBatch


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    date_hierarchy = "created_at"
    list_display = ("created_at", "file", "account", "feed", "state", "line_count", "posted_at", "undone_at")
    list_filter = ("state", "account")
    list_select_related = ("file", "account")
    search_fields = ("file__name", "account__name", "feed")
    readonly_fields = ("file", "account", "run")


@admin.register(ColumnProfile)
class ColumnProfileAdmin(ReadOnlyAdmin):
    list_display = ("fingerprint", "updated_at")
