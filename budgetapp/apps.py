from django.apps import AppConfig


class BudgetappConfig(AppConfig):
    name = "budgetapp"
    default_auto_field = "django.db.models.BigAutoField"
