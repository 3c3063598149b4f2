from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class BudgetappConfig(AppConfig):
    name = "budgetapp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from budgetapp import checks  # noqa: F401  registers the system checks
        from budgetapp.schedules import create_schedules
        from investments import sources
        from plaid_sync.credentials import is_simulated

        sources.is_bank_simulated = is_simulated
        post_migrate.connect(create_schedules, sender=apps.get_app_config("django_q"))
