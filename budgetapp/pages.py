"""The addresses of the pages that join apps."""

from django.urls import path

from budgetapp.views import (
    appearance,
    configuration,
    deletion,
    first_steps,
    health,
    history,
    investment_runs,
    overview,
    own_password,
    portfolio,
    prices,
)

urlpatterns = [
    path("", first_steps.home, name="home"),
    path("accounts/", overview.accounts, name="accounts"),
    path("accounts/totals/", overview.account_totals, name="account_totals"),
    path("accounts/<int:pk>/", overview.account, name="account"),
    path("accounts/<int:pk>/row/", overview.account_row, name="account_row"),
    path("accounts/<int:pk>/progress/", overview.account_progress, name="account_progress"),
    path("accounts/<int:pk>/delete/", deletion.delete_account, name="account_delete"),
    path("investments/", portfolio.investments, name="portfolio"),
    path("investments/progress/", portfolio.investment_progress, name="investment_progress"),
    path("investments/accounts/<int:pk>/", portfolio.investment_account, name="investment_account"),
    path("investments/accounts/<int:pk>/delete/", deletion.delete_investment_account, name="investment_account_delete"),
    path("investments/prices/", prices.prices, name="prices"),
    path("investments/prices/refresh/", prices.refresh_prices, name="refresh_prices"),
    path("sync-history/", history.sync_history, name="sync_history"),
    path("sync-history/<int:pk>/", history.sync_run, name="sync_run"),
    path("sync-history/<int:pk>/row/", history.sync_run_row, name="sync_run_row"),
    path("welcome/", first_steps.welcome, name="welcome"),
    path("set-up/<str:token>/", first_steps.set_up, name="set_up"),
    path("settings/", configuration.settings_page, name="settings"),
    path("settings/plaid/", configuration.save_plaid, name="settings_plaid"),
    path("settings/plaid/test/", configuration.test_plaid, name="settings_test"),
    path("settings/plaid/secret/<slug:of>/forget/", configuration.forget_secret, name="settings_forget_secret"),
    path("settings/household/", configuration.save_household, name="settings_household"),
    path("settings/password/", own_password.change_password, name="password"),
    path("settings/health/", health.system_health, name="system_health"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("sync-history/investments/", investment_runs.investment_runs, name="investment_runs"),
    path("theme/", appearance.theme, name="theme"),
]
