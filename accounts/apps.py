from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.core.signals import request_started
        from django_q.signals import post_execute, pre_execute

        from accounts.saved_settings import read_anew
        from accounts.worker import beat_with_every_job, note_result

        request_started.connect(read_anew)
        pre_execute.connect(read_anew)
        pre_execute.connect(beat_with_every_job)
        post_execute.connect(note_result)
