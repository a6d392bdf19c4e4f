"""Traces on a mock device: their memory is ttnn's own, what they would record and replay is not there.

Kernels are not on the device, so an operation that ttnn records dereferences the buffer that would have them, and a
replay writes to a command queue that has no memory: both end the process. Here a capture is noted, operations run as
they do outside of one, and at its end ttnn captures an empty trace, which takes the memory of one. Replays do nothing.
"""

import functools
from typing import Any, Callable, Dict, Tuple

#: A device's number and one of its command queues.
_Queue = Tuple[int, int]

#: A device's number and the number of a trace as the program knows it.
_Trace = Tuple[int, int]

_CURRENT_QUEUE = "get_current_command_queue_id_for_thread"

#: What of ttnn's own module has to be there, or traces are left as they are.
_FUNCTIONS = ("begin_trace_capture", "end_trace_capture", "execute_trace", "release_trace", "MeshTraceId")


def has_traces(ttnn: Any) -> bool:
    """Whether this ttnn has its traces where they are known to be."""
    inner: Any = functools.reduce(lambda o, name: getattr(o, name, None), ("_ttnn", "operations", "trace"), ttnn)
    return all(hasattr(inner, name) for name in _FUNCTIONS) and hasattr(ttnn, _CURRENT_QUEUE)


class Traces:
    """The traces of this process. No device and no tensor is kept."""

    def __init__(self, ttnn: Any) -> None:
        self._ttnn = ttnn
        self._inner = ttnn._ttnn.operations.trace
        self._begin = self._inner.begin_trace_capture
        self._captures: Dict[_Queue, int] = {}
        #: ttnn's own name of each trace that was captured and not released.
        self._live: Dict[_Trace, Any] = {}
        #: The number that ttnn gives to the next trace; it counts through the process.
        self._next = 0

    def replace(self) -> None:
        """Take the place of ttnn's functions, under each name they have."""
        inner, device = self._inner, getattr(self._ttnn._ttnn, "device", None)
        self._put(inner, "begin_trace_capture", self._beginning)
        self._put(inner, "end_trace_capture", self._ending)
        self._put(inner, "execute_trace", self._executing)
        self._put(inner, "release_trace", self._releasing)
        if hasattr(device, "is_trace_capture_active"):
            self._put(device, "is_trace_capture_active", self._asking)

    def _put(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        ours = functools.wraps(original)(wrap(original))
        for module in (owner, self._ttnn, getattr(self._ttnn, "device", owner)):
            for alias in [key for key, value in vars(module).items() if value is original]:
                setattr(module, alias, ours)

    def _beginning(self, original: Any) -> Any:
        def begin_trace_capture(mesh_device: Any, *, cq_id: Any = None) -> Any:
            if not isinstance(mesh_device, self._ttnn.MeshDevice):
                return original(mesh_device, cq_id=cq_id)
            queue = self._queue(mesh_device, cq_id)
            if queue in self._captures:
                raise RuntimeError(f"CQ {queue[1]} is already being used for tracing tid {self._captures[queue]}")
            # Captures end in the order in which they began, or the numbers differ from ttnn's, and `_live` knows them.
            number = self._captures[queue] = self._next + len(self._captures)
            return self._inner.MeshTraceId(number)

        return begin_trace_capture

    def _ending(self, original: Any) -> Any:
        def end_trace_capture(mesh_device: Any, trace_id: Any, *, cq_id: Any = None) -> None:
            queue = self._queue(mesh_device, cq_id) if self._are_known(mesh_device, trace_id) else None
            if queue is None or self._captures.get(queue) != int(trace_id):
                original(mesh_device, trace_id, cq_id=cq_id)
                return
            del self._captures[queue]
            captured = self._begin(mesh_device, cq_id=cq_id)
            self._next = int(captured) + 1
            original(mesh_device, captured, cq_id=cq_id)
            self._live[mesh_device.id(), int(trace_id)] = captured

        return end_trace_capture

    def _executing(self, original: Any) -> Any:
        def execute_trace(mesh_device: Any, trace_id: Any, *, cq_id: Any = None, blocking: bool = True) -> None:
            if not self._are_known(mesh_device, trace_id):
                original(mesh_device, trace_id, cq_id=cq_id, blocking=blocking)
                return
            device, number = mesh_device.id(), int(trace_id)
            if (device, number) not in self._live:
                raise RuntimeError(f"Trace instance {number} must exist on Mesh device {device}: it was not captured")

        return execute_trace

    def _releasing(self, original: Any) -> Any:
        def release_trace(mesh_device: Any, trace_id: Any) -> None:
            if not self._are_known(mesh_device, trace_id):
                original(mesh_device, trace_id)
                return
            captured = self._live.pop((mesh_device.id(), int(trace_id)), None)
            if captured is not None:
                original(mesh_device, captured)

        return release_trace

    def _asking(self, original: Any) -> Any:
        def is_trace_capture_active(mesh_device: Any) -> bool:
            return bool(original(mesh_device)) or any(device == mesh_device.id() for device, _ in self._captures)

        return is_trace_capture_active

    def _are_known(self, mesh_device: Any, trace_id: Any) -> bool:
        """Whether these are what ttnn takes; if not, it says so itself."""
        return isinstance(mesh_device, self._ttnn.MeshDevice) and isinstance(trace_id, self._inner.MeshTraceId)

    def _queue(self, mesh_device: Any, cq_id: Any) -> _Queue:
        current = getattr(self._ttnn, _CURRENT_QUEUE)
        return mesh_device.id(), int(current() if cq_id is None else cq_id)
