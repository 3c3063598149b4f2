from django.db import models


class WorkerHeartbeat(models.Model):
    """When a job last began, and when the result of one was last stored. One row, id 1."""

    beat_at = models.DateTimeField()
    result_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Worker seen {self.beat_at:%Y-%m-%d %H:%M:%S} UTC"
