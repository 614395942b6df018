"""One call at a time in a thread of its own, which can be given up."""

import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread

from confluent_kafka import KafkaError, KafkaException


class Stuck(KafkaException):
    """A client that does not come back from what it was asked, long after its time."""

    def __init__(self) -> None:
        super().__init__(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - its only name


class Aside:
    """`begin` a call, do something else, `settle` it; `close` it in the end, whatever has become of the call."""

    def __init__(self, name: str) -> None:
        self._asked: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._ended: SimpleQueue[BaseException | None] = SimpleQueue()
        self._until: float | None = None
        Thread(target=self._run, name=name, daemon=True).start()

    @property
    def under_way(self) -> bool:
        """Whether a call was begun and is not settled."""
        return self._until is not None

    def begin(self, call: Callable[[], object], seconds: float) -> None:
        """`seconds` is how long it may take. Only after the call before was settled."""
        self._until = time.monotonic() + seconds
        self._asked.put(call)

    def wait(self) -> None:
        """Until the call is done, or its time is over; what came of it is for `settle` to say."""
        if self._until is not None:
            with suppress(Empty):
                self._ended.put(self._ended.get(timeout=self._left()))

    def settle(self) -> None:
        """Wait until the call is done. Raises what it raised, or Stuck."""
        if self._until is None:
            return
        try:
            error = self._ended.get(timeout=self._left())
        except Empty:
            raise Stuck from None
        finally:
            self._until = None
        if error is not None:
            raise error

    def close(self) -> None:
        self._asked.put(None)

    def _left(self) -> float:
        return max((self._until or 0.0) - time.monotonic(), 0.0)

    def _run(self) -> None:
        while (call := self._asked.get()) is not None:
            try:
                call()
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
                ended: BaseException | None = error
            else:
                ended = None
            del call  # and with it all that it was about
            self._ended.put(ended)
