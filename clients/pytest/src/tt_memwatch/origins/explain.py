"""Records one test's call with ttnn's graph capture, to name what allocated inside an operation.

A capture keeps about 27 KB for each operation and slows it by up to 50 us: for a few tests that are looked at again,
not for a suite.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tt_memwatch.ttnn_patches import Patches, noting

#: More tests than this are not recorded in one run.
TESTS_MAX = 20


class Inside(NamedTuple):
    """A buffer that was live when the call ended, and the functions of ttnn it was allocated in, outermost first."""

    device: int
    #: As the graph has it: L1_SMALL is L1 there, and TRACE is DRAM.
    memory_type: str
    address: int
    functions: tuple[str, ...]


class GraphCapture:
    """One capture at a time. Ending one that was never begun kills the process, so what the test itself ends counts."""

    def __init__(self) -> None:
        self._graph: Any = None
        self._depth = 0
        self._patches = Patches()

    def begin(self) -> None:
        """Start to record, where ttnn is imported."""
        module = sys.modules.get("ttnn")
        if module is None or self._graph is not None:
            return
        self._graph = module._ttnn.graph
        self._depth = 0
        self._graph.begin_graph_capture(self._graph.RunMode.NORMAL)
        for owner in (self._graph, module.graph):
            self._patches.wrap(owner, "begin_graph_capture", functools.partial(self._count, 1))
            self._patches.wrap(owner, "end_graph_capture", functools.partial(self._count, -1))

    def end(self) -> list[Inside]:
        """What was allocated and not freed since `begin`."""
        if self._graph is None:
            return []
        graph, self._graph = self._graph, None
        self._patches.restore()
        return list(_live(graph.end_graph_capture())) if self._depth >= 0 else []

    def _count(self, step: int, function: Callable[..., Any]) -> Callable[..., Any]:
        def count(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            # Where ttnn.graph's function calls ttnn._ttnn.graph's, both count, for the beginning as for the end.
            self._depth += step
            return result

        return noting(function, count)


def _live(nodes: Iterable[Mapping[str, Any]]) -> Iterator[Inside]:
    running: list[str] = []
    live: dict[tuple[int, str, int], tuple[str, ...]] = {}
    addresses: dict[int, tuple[int, str, int]] = {}
    for node in nodes:
        kind, params = node["node_type"], node["params"]
        if kind == "function_start":
            running.append(str(params["name"]))
        elif kind == "function_end" and running:
            running.pop()
        elif kind == "buffer_allocate":
            key = (int(params["device_id"]), str(params["type"]), int(params["address"]))
            live[key] = tuple(running)
            addresses[int(node["connections"][0])] = key
        elif kind == "buffer_deallocate":
            live.pop(addresses.get(int(node["connections"][0]), (0, "", 0)), None)
    for (device, memory_type, address), functions in live.items():
        yield Inside(device, memory_type, address, functions)
