"""What the page on brokers tells an administrator is what the tests' brokers run with."""

from pathlib import Path

import yaml

from deploy.kafka import acls, jars
from deploy.kafka.nodes import Node, Ports, Shape, settings
from ecluse.settings import Kafka
from tests.docs.pages import blocks, text_of

PAGE = "docs/operations/kafka-broker.md"
#: Three brokers, with logins.
SHAPE = Shape([Ports(n, n + 10, n + 20) for n in (1, 2, 3)], users={"admin": "", "ecluse": ""})


def test_the_rights_are_those_that_a_test_runs_a_worker_with():
    [shown] = [block.text for block in blocks(PAGE) if "kafka-acls.sh" in block.text]
    assert shown.splitlines() == acls.lines("ecluse", "ecluse", creates=True)


def test_the_settings_are_those_of_the_three_brokers_of_the_tests():
    [shown] = [block.text for block in blocks(PAGE) if block.language == "properties"]
    asked = dict(line.split("=", 1) for line in shown.splitlines() if not line.startswith("#"))
    assert asked.items() <= settings(Node(Path(), Path(), SHAPE, 1)).items()


def test_the_version_is_the_one_that_the_tests_run_on():
    assert f"Tests run on Kafka {jars.version().rpartition('.')[0]} in KRaft mode" in text_of(PAGE)


def test_what_it_shows_of_ecluse_yaml_is_accepted():
    for block in blocks(PAGE):
        if block.language == "yaml":
            Kafka.model_validate(yaml.safe_load(block.text)["kafka"])
