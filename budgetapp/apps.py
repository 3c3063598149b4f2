from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate


class BudgetappConfig(AppConfig):
    name = "budgetapp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from budgetapp import checks  # noqa: F401  registers the system checks
        from budgetapp.schedules import create_schedules
        from budgetapp.sign_ins import note_sign_in
        from investments import sources
        from plaid_sync.credentials import simulated_bank

        sources.simulated_market = simulated_bank
        user_logged_in.connect(note_sign_in)
        post_migrate.connect(create_schedules, sender=apps.get_app_config("django_q"))
