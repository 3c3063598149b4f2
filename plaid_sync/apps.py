from django.apps import AppConfig


class PlaidSyncConfig(AppConfig):
    name = "plaid_sync"
    default_auto_field = "django.db.models.BigAutoField"
