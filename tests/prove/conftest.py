import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The random histories take longest: begun first, they are not what all wait for at the end."""
    items.sort(key=lambda item: item.path.name != "test_state_machine.py")
