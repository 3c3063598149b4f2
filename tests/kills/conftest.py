from tests.imports.conftest import desk
from tests.plaid_sync.conftest import brokerage, linked_bank

__all__ = ["brokerage", "desk", "linked_bank"]
