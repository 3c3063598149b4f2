from django.urls import path

from accounts.views import books, merges, needs_you, transactions

urlpatterns = [
    path("accounts/new/", books.create, name="account_create"),
    path("accounts/<int:pk>/edit/", books.edit, name="account_edit"),
    path("needs-you/", needs_you.needs_you, name="needs_you"),
    path("needs-you/<int:pk>/", needs_you.decide, name="decide"),
    path("transactions/", transactions.transactions, name="transactions"),
    path("transactions/<int:pk>/", transactions.transaction, name="transaction"),
    path("transactions/<int:pk>/row/", transactions.transaction_row, name="transaction_row"),
    path("transactions/<int:pk>/reset/", transactions.reset_words, name="transaction_reset"),
    path("transactions/<int:pk>/take-apart/", merges.take_apart, name="take_apart"),
]
