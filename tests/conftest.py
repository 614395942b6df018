"""Fixtures that every test may ask for, and marks that follow from them."""

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is no reason for a law to fail.
settings.register_profile("ecluse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ecluse")

pytest_plugins = ["tests.services.postgres", "tests.services.tryton", "tests.services.crm_sales", "tests.watching"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark a test by the services it asks for. One process runs all that need Tryton."""
    for item in items:
        asked = getattr(item, "fixturenames", ())
        if "postgres" in asked:
            item.add_marker("postgres")
        if "tryton" in asked or "crm_sales" in asked:
            item.add_marker("tryton")
            item.add_marker(pytest.mark.xdist_group("tryton"))
