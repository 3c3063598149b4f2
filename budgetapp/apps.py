from django.apps import AppConfig


class BudgetappConfig(AppConfig):
    name = "budgetapp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from budgetapp import checks  # noqa: F401  registers the system checks
