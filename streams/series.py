"""Series of metrics that exist before the first event, and stay bounded whatever the configuration.

A `Family` has one child for each combination of its enums; a `Named` one for each name that it was
given at the start, and `other`. Nothing is looked up by text, nothing is made later.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

PREFIX = "ecluse_"
OTHER = "other"

M = TypeVar("M", bound=MetricWrapperBase)
Labels = Mapping[str, Iterable[Enum]]
Names = Mapping[str, Sequence[tuple[Enum, ...]]]


class Family(Generic[M]):
    """A metric with all its children, one for each combination of its enums."""

    def __init__(self, metric: M, labels: Labels) -> None:
        self.metric = metric
        self._children: dict[tuple[Enum, ...], M] = {
            values: metric.labels(*(value.value for value in values)) for values in itertools.product(*labels.values())
        }

    def __getitem__(self, values: Enum | tuple[Enum, ...]) -> M:
        return self._children[values if isinstance(values, tuple) else (values,)]

    def __len__(self) -> int:
        return len(self._children)


class Named(Generic[M]):
    """A metric whose first label is a name from the configuration: those given at the start, and `other`."""

    def __init__(self, metric: M, names: Names) -> None:
        self.metric = metric
        self._known = frozenset(names)
        self._children = {
            (name, *values): metric.labels(name, *(value.value for value in values))
            for name, combinations in names.items()
            for values in combinations
        }

    def of(self, name: str, *values: Enum) -> M:
        return self._children[(name if name in self._known else OTHER, *values)]

    def __len__(self) -> int:
        return len(self._children)


class Sheet:
    """Makes metrics of one registry, prefixed and with all their children."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

    def counter(self, name: str, text: str, labels: Labels) -> Family[Counter]:
        return Family(Counter(PREFIX + name, text, list(labels), registry=self.registry), labels)

    def gauge(self, name: str, text: str, labels: Labels) -> Family[Gauge]:
        return Family(Gauge(PREFIX + name, text, list(labels), registry=self.registry), labels)

    def histogram(self, name: str, text: str, labels: Labels, buckets: Sequence[float]) -> Family[Histogram]:
        return Family(Histogram(PREFIX + name, text, list(labels), buckets=buckets, registry=self.registry), labels)

    def one_counter(self, name: str, text: str) -> Counter:
        return Counter(PREFIX + name, text, registry=self.registry)

    def one_gauge(self, name: str, text: str) -> Gauge:
        return Gauge(PREFIX + name, text, registry=self.registry)

    def one_histogram(self, name: str, text: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(PREFIX + name, text, buckets=buckets, registry=self.registry)

    def named(self, name: str, text: str, label: str, names: Names) -> Named[Gauge]:
        return Named(Gauge(PREFIX + name, text, [label], registry=self.registry), names)
