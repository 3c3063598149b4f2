"""The addresses of the pages that join apps."""

from django.urls import path
from django.views.generic import RedirectView

from budgetapp.views import appearance, deletion, history, overview, portfolio

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="accounts"), name="home"),
    path("accounts/", overview.accounts, name="accounts"),
    path("accounts/totals/", overview.account_totals, name="account_totals"),
    path("accounts/<int:pk>/", overview.account, name="account"),
    path("accounts/<int:pk>/row/", overview.account_row, name="account_row"),
    path("accounts/<int:pk>/progress/", overview.account_progress, name="account_progress"),
    path("accounts/<int:pk>/delete/", deletion.delete_account, name="account_delete"),
    path("investments/", portfolio.investments, name="portfolio"),
    path("investments/accounts/<int:pk>/", portfolio.investment_account, name="investment_account"),
    path("investments/accounts/<int:pk>/delete/", deletion.delete_investment_account, name="investment_account_delete"),
    path("sync-history/", history.sync_history, name="sync_history"),
    path("sync-history/<int:pk>/", history.sync_run, name="sync_run"),
    path("sync-history/<int:pk>/row/", history.sync_run_row, name="sync_run_row"),
    path("theme/", appearance.theme, name="theme"),
]
