from django.urls import path

from plaid_sync.models import LinkSession
from plaid_sync.views import investing, link, mapping, repair, syncing, webhook

SIGN_IN = {"purpose": LinkSession.Purpose.SIGN_IN}
ADD_ACCOUNTS = {"purpose": LinkSession.Purpose.ADD_ACCOUNTS}

urlpatterns = [
    path("connect/", link.connect_page, name="connect"),
    path("connect/start/", link.connect_start, name="connect_start"),
    path("connect/brokerage/", link.connect_brokerage, name="connect_brokerage"),
    path("connect/brokerage/start/", link.connect_brokerage_start, name="connect_brokerage_start"),
    path("connect/exchange/", link.connect_exchange, name="connect_exchange"),
    path("connect/exit/", link.connect_exit, name="connect_exit"),
    path("connect/<int:session>/accounts/", mapping.connect_accounts, name="connect_accounts"),
    path("connect/<int:session>/progress/", mapping.connect_progress, name="connect_progress"),
    path("investments/sync/", investing.sync_investments, name="sync_investments"),
    path("investments/accounts/<int:pk>/sync/", investing.sync_investment_account, name="sync_investment_account"),
    path(
        "investments/accounts/<int:pk>/disconnect/",
        investing.disconnect_investment_account,
        name="disconnect_investment_account",
    ),
    path("connections/", repair.connections_page, name="connections"),
    path("connections/<int:item>/sign-in/", repair.repair_page, SIGN_IN, name="sign_in_again"),
    path("connections/<int:item>/sign-in/start/", repair.repair_start, SIGN_IN, name="sign_in_again_start"),
    path("connections/<int:item>/accounts/", repair.repair_page, ADD_ACCOUNTS, name="add_accounts"),
    path("connections/<int:item>/accounts/start/", repair.repair_start, ADD_ACCOUNTS, name="add_accounts_start"),
    path("oauth-callback", link.oauth_callback, name="oauth_callback"),
    path("accounts/sync/", syncing.sync_all, name="sync_all"),
    path("accounts/<int:pk>/sync/", syncing.sync_account, name="sync_account"),
    path("accounts/<int:pk>/balances/", syncing.refresh_balances, name="refresh_balances"),
    path("accounts/<int:pk>/disconnect/", syncing.disconnect_account, name="disconnect"),
    path("webhooks/plaid/", webhook.plaid_webhook, name="plaid_webhook"),
]
