from django.db import connections, models


def keep_others_waiting(model: type[models.Model]) -> None:
    """Lets nobody else write rows of `model` until the transaction ends.

    On SQLite a transaction that may write is alone anyway.
    """
    if connections["default"].vendor == "postgresql":
        with connections["default"].cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{model._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE')
