"""What can go wrong between BudgetApp and a bank, in words that a user can act on."""


class TokenUnreadable(Exception):
    """A stored token can't be decrypted here, or belongs to something else: reconnect that account."""


class KeyProblem(Exception):
    """Nothing can be encrypted now; the message says which key is missing or wrong and what to do."""
