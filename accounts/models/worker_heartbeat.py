from django.db import models


class WorkerHeartbeat(models.Model):
    """When a job last ran through queue and worker. One row, id 1."""

    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Worker seen {self.beat_at:%Y-%m-%d %H:%M:%S} UTC"
