"""Keeps Plaid informed of the address that it sends webhooks to."""

import logging

from django.utils import timezone

from plaid_sync.addresses import webhook_url
from plaid_sync.balances import access_token
from plaid_sync.credentials import environment, is_configured
from plaid_sync.errors import ConfigurationError, PlaidError, TemporarilyUnavailable
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.halt import is_asking_useless
from plaid_sync.models import PlaidItem

logger = logging.getLogger(__name__)


def register_webhooks() -> None:
    """Tells Plaid for every login that has another address than the one in force; "" ends its webhooks.

    What can't be told now is told by the next call.
    """
    url = webhook_url()
    outdated = PlaidItem.objects.active().filter(environment=environment()).exclude(webhook_url=url)
    if not is_configured() or is_asking_useless(timezone.now()):
        return
    for item in outdated.order_by("pk"):
        try:
            gateway_from_settings().item_webhook_update(access_token(item), url)
        except (ConfigurationError, TemporarilyUnavailable) as error:
            logger.info("Plaid can't be told of the webhooks' address now: %s", error.code or type(error).__name__)
            return
        except PlaidError as error:
            logger.info("Plaid refuses the webhooks' address for item %s: %s", item.pk, error.code)
            continue
        PlaidItem.objects.filter(pk=item.pk).update(webhook_url=url)
