"""What the HTTP seam makes of an answer that is none: a fault, in which nothing of the request can be read."""

import traceback

import pytest

from connectors.faults import Fault
from connectors.http import HttpSeam
from tests.connectors.wire import Reply, wire

SECRET = "0607080910"


async def fault_of(answer: Reply, method: str = "POST", **options: float) -> Fault:
    async with wire(answer) as server, HttpSeam(server.url, **options) as http:  # type: ignore[arg-type]
        with pytest.raises(Fault) as caught:
            await http.request(method, "/leads", content=b"x", params={"phone": SECRET})
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown
    assert server.url.partition("//")[2] not in shown
    return caught.value
