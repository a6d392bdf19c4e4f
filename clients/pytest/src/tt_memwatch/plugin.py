"""The plugin that pytest loads: its options, and what is set up for a session."""

from __future__ import annotations

import functools

import pytest

from tt_memwatch import options
from tt_memwatch.confirm import Confirmation, ForMarkers
from tt_memwatch.devices.measured_devices import MeasuredDevices
from tt_memwatch.earlier_system import clear_program_cache_after_test
from tt_memwatch.engine import Engine
from tt_memwatch.fixtures import Fixtures
from tt_memwatch.hello import hello, role_of
from tt_memwatch.hooks import Hooks
from tt_memwatch.host_memory import HostMemory, not_looked_at, own_bytes
from tt_memwatch.left_memory import Left
from tt_memwatch.marker import MARKER
from tt_memwatch.origins.explain import GraphCapture
from tt_memwatch.origins.subtests import Subtests
from tt_memwatch.origins.tracing import Tracing
from tt_memwatch.pace import Pace
from tt_memwatch.suite_cleaning_hook import Hookspecs, memwatch_before_look
from tt_memwatch.this_process import this_process
from tt_memwatch.ttnn_import import after_import
from tt_memwatch.watch import Watch

#: pytest takes the hooks and the fixtures that it finds here.
__all__ = [
    "clear_program_cache_after_test",
    "memwatch_before_look",
    "pytest_addhooks",
    "pytest_addoption",
    "pytest_configure",
    "pytest_load_initial_conftests",
]


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add_options(parser)


def _measured_devices(engine: Engine, tracing: Tracing) -> MeasuredDevices:
    """A session that runs within another one sees the same devices, and measures them for itself."""
    process = this_process()
    is_within = bool(process.open_devices.listeners)
    allocators = {} if is_within else process.allocators
    return MeasuredDevices(engine, tracing, process.open_devices, process.cpp_holders, allocators=allocators)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """A conftest file may open a device when it is imported, before anything is configured."""
    this_process()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    limits, clear = options.run_limits(config), options.clear_mode(config)
    repeats, warm_up = options.repeats(config), options.warm_up(config)
    origin, tracer, fails = options.origin_mode(config), options.tracer_mode(config), options.fails_tests(config)
    engine = Engine()
    tracing = Tracing(engine)
    capture = GraphCapture() if options.explains(config) else None
    measured = _measured_devices(engine, tracing)
    pace = Pace(is_each=options.pace_mode(config) == "each")
    measured.follows = not pace.is_each
    left = Left(measured, options.holder_budget_s(config), pace, decides=repeats > 0 or fails)
    fixtures = Fixtures(measured, options.device_fixtures(config))
    host = HostMemory(own_bytes if options.looks_at_host_memory(config) else not_looked_at)
    hooks_before_look = config.hook.pytest_memwatch_before_look
    watch = Watch(measured, clear, left, fixtures, host, hooks_before_look, capture=capture, warm_up=warm_up)
    role, _ = role_of(config)
    engine.connect(hello(config, clear=clear, origin=origin))
    tracing.start(for_server="off" if role == "controller" else tracer)
    if tracing.is_followed:
        subtests = Subtests(tracing)
        subtests.watch()
        config.add_cleanup(subtests.restore)
    measured.forget_ended()
    if engine.connected and role != "controller":
        after_import(functools.partial(watch.measured.origins.watch_if_needed, origin, tracing))
    hooks = Hooks(config, watch, limits)
    measured.open_devices.listeners.append(hooks)
    config.pluginmanager.register(hooks, "tt_memwatch.hooks")
    if role != "controller":
        confirmation = Confirmation(watch, repeats, hooks.judge if fails else None)
        plugin = confirmation if repeats + warm_up > 0 else ForMarkers(confirmation)
        config.pluginmanager.register(plugin, "tt_memwatch.confirmation")
