"""Investment accounts: how they are linked and synced, over the two databases."""
