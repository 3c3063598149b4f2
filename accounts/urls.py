from django.urls import path

from accounts.views import books, held, transactions

urlpatterns = [
    path("accounts/new/", books.create, name="account_create"),
    path("accounts/<int:pk>/edit/", books.edit, name="account_edit"),
    path("held/<int:pk>/settle/", held.settle, name="held_line_settle"),
    path("transactions/", transactions.transactions, name="transactions"),
    path("transactions/<int:pk>/", transactions.transaction, name="transaction"),
    path("transactions/<int:pk>/row/", transactions.transaction_row, name="transaction_row"),
    path("transactions/<int:pk>/reset/", transactions.reset_words, name="transaction_reset"),
]
