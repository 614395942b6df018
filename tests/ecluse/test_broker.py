"""The broker that the settings name."""

import faust  # noqa: F401 - somebody imported it before: a second look then asks for it again
import pytest

from ecluse.broker import broker_of
from ecluse.command import Failure
from ecluse.folder import InForce
from ecluse.settings import Kafka, Settings


def test_the_broker_is_read_as_often_as_one_likes(tmp_path) -> None:
    state = InForce(Settings(kafka=Kafka(bootstrap="localhost:9092", worker="one", development=True)), {}, tmp_path)
    assert broker_of(state) == broker_of(state)
    assert broker_of(state).worker == "one"


def test_a_broker_that_nobody_named_is_said_so(tmp_path) -> None:
    with pytest.raises(Failure):
        broker_of(InForce(Settings(), {}, tmp_path))
