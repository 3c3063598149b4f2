from django.urls import path

from investments.views import activity, by_hand

urlpatterns = [
    path("investments/activity/", activity.investment_activity, name="investment_activity"),
    path("investments/income/", activity.investment_income, name="investment_income"),
    path("investments/accounts/new/", by_hand.add_account, name="investment_account_add"),
    path("investments/accounts/<int:pk>/edit/", by_hand.edit_account, name="investment_account_edit"),
    path("investments/accounts/<int:pk>/positions/new/", by_hand.add_position, name="investment_position_add"),
    path("investments/accounts/<int:pk>/positions/<int:security>/", by_hand.edit_position, name="investment_position"),
    path(
        "investments/accounts/<int:pk>/positions/<int:security>/remove/",
        by_hand.remove_position,
        name="investment_position_remove",
    ),
]
