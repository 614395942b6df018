"""Fixtures that every test may ask for, and marks that follow from them."""

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is no reason for a law to fail.
settings.register_profile("ecluse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ecluse")

SERVICES = ("postgres", "kafka", "tryton", "crm_sales")
pytest_plugins = [*(f"tests.services.{name}" for name in SERVICES), "tests.watching", "tests.cores"]


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in a hook of the same name, and was registered later
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark a test by the services it asks for, and say which of them one process runs, with one broker.

    All that need Tryton; all that kill workers at a broker, which wait more than they work; all others that need Kafka.
    """
    for item in items:
        asked = getattr(item, "fixturenames", ())
        if "postgres" in asked:
            item.add_marker("postgres")
        tryton, kafka = "tryton" in asked or "crm_sales" in asked, any(name.startswith("kafka") for name in asked)
        if tryton:
            item.add_marker("tryton")
        if kafka:
            item.add_marker("kafka")
        if tryton or kafka:
            fleet = kafka and item.get_closest_marker("crash") is not None
            item.add_marker(pytest.mark.xdist_group("fleet" if fleet else "kafka" if kafka else "tryton"))
