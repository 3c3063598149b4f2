"""What the worker runs. Arguments are numbers only: they lie in the queue."""

import logging

from django.db import DatabaseError
from django.utils import timezone

from accounts.models import Account
from imports import posting, staging
from imports.models import ImportBatch

logger = logging.getLogger(__name__)


def stage_batch(batch_id: int) -> str:
    """Compares a large batch with the books; returns its state."""
    batch = ImportBatch.objects.select_related("file", "account").filter(pk=batch_id).first()
    if batch is None:
        return "gone"
    staging.stage(batch, now=timezone.now())
    return batch.state


def post_batch(batch_id: int) -> str:
    """Brings a started batch into the books; returns its state. Delivered twice, it posts once."""
    batch = ImportBatch.objects.select_related("file", "account").filter(pk=batch_id).first()
    if batch is None:
        return "gone"
    try:
        posting.post(batch, now=timezone.now())
    except Account.DoesNotExist:  # deleted in this moment, and its imports with it
        return "gone"
    except DatabaseError:
        logger.exception("Import %s could not be posted", batch_id)
        batch.refresh_from_db()
        posting.fail(batch, now=timezone.now())
    return batch.state
