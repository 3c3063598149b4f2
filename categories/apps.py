from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.db.models.signals import post_migrate

from categories import taxonomy


class CategoriesConfig(AppConfig):
    name = "categories"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(seed_taxonomy, sender=self)


def seed_taxonomy(using: str, apps: Apps = installed_apps, **_: object) -> None:
    """After every `migrate` and `flush` of the default database."""
    if using != "default":
        return
    try:
        apps.get_model("categories", "Category")
    except LookupError:  # migrated back to before the first migration
        return
    taxonomy.seed(apps)
