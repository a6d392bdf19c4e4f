"""Keeps what a repeat does from everybody who reports: pytest, its plugins, the terminal and log files.

The outcome of the test has been reported when it is repeated. A repeat is run for its memory, so whatever it would
report is held back, by whichever way it comes: a test with subtests reports each of them itself.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

#: Hooks that report results. None of them gives a value that anybody waits for.
REPORTING_HOOKS = frozenset(
    {
        "pytest_runtest_logstart",
        "pytest_runtest_logreport",
        "pytest_runtest_logfinish",
        "pytest_exception_interact",
        "pytest_warning_recorded",
        "pytest_warning_captured",
    }
)

#: Values of `--capture` with which a test's output reaches the terminal at once.
_SHOWN_AT_ONCE = ("no", "tee-sys")

_LAST_EXCEPTION = ("last_type", "last_value", "last_traceback", "last_exc")


@contextlib.contextmanager
def silence(item: pytest.Item) -> Iterator[None]:
    """Nothing that happens to `item` within is reported or kept for a report."""
    with contextlib.ExitStack() as stack:
        for hold in (
            _hooks,
            _kept_warnings,
            _item_reports,
            _junit,
            _subtests,
            _live_logs,
            _setup_show,
            _last_exception,
        ):
            stack.enter_context(hold(item))
        if item.config.getoption("capture", None) in _SHOWN_AT_ONCE:
            stack.enter_context(_output())
        stack.enter_context(_warnings(item))
        yield


@contextlib.contextmanager
def _hooks(item: pytest.Item) -> Iterator[None]:
    """Calls of reporting hooks reach no plugin. All callers, those of conftest files too, go through one function."""
    manager: Any = item.config.pluginmanager
    execute = manager._inner_hookexec

    def execute_others(hook_name: str, *args: Any, **kwargs: Any) -> Any:
        return [] if hook_name in REPORTING_HOOKS else execute(hook_name, *args, **kwargs)

    manager._inner_hookexec = execute_others
    try:
        yield
    finally:
        manager._inner_hookexec = execute


@contextlib.contextmanager
def _kept_warnings(item: pytest.Item) -> Iterator[None]:
    """Hooks that are historic are called again for plugins that come later."""
    hooks = (getattr(item.config.hook, name, None) for name in ("pytest_warning_recorded", "pytest_warning_captured"))
    histories = [h for h in (getattr(hook, "_call_history", None) for hook in hooks) if h is not None]
    lengths = [len(history) for history in histories]
    try:
        yield
    finally:
        for history, length in zip(histories, lengths, strict=True):
            del history[length:]


@contextlib.contextmanager
def _item_reports(item: pytest.Item) -> Iterator[None]:
    """Captured output and properties, which the next report of the item would have."""
    sections, properties = len(item._report_sections), len(item.user_properties)
    try:
        yield
    finally:
        del item._report_sections[sections:], item.user_properties[properties:]


@contextlib.contextmanager
def _junit(item: pytest.Item) -> Iterator[None]:
    """Fixtures such as `record_xml_attribute` write into the JUnit file's data without a report."""
    xml: Any = next((p for p in item.config.pluginmanager.get_plugins() if type(p).__name__ == "LogXML"), None)
    if xml is None:
        yield
        return
    reporters, ordered, properties = (
        dict(xml.node_reporters),
        len(xml.node_reporters_ordered),
        len(xml.global_properties),
    )
    try:
        yield
    finally:
        xml.node_reporters.clear()
        xml.node_reporters.update(reporters)
        del xml.node_reporters_ordered[ordered:], xml.global_properties[properties:]


@contextlib.contextmanager
def _subtests(item: pytest.Item) -> Iterator[None]:
    """pytest counts failed subtests by node id, and makes a test that passed fail for them."""
    try:
        from _pytest.subtests import failed_subtests_key  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        yield
        return
    failed: Any = item.config.stash.get(failed_subtests_key, {})
    # Newer pytest has an object for a node id.
    key = getattr(item, "id", item.nodeid)
    before = failed.get(key)
    try:
        yield
    finally:
        failed.pop(key, None)
        if before is not None:
            failed[key] = before


@contextlib.contextmanager
def _live_logs(item: pytest.Item) -> Iterator[None]:
    """Log records go neither to the terminal (`log_cli`) nor to `log_file`; handlers of the suite's own get theirs."""
    plugin = item.config.pluginmanager.get_plugin("logging-plugin")
    handlers = (getattr(plugin, name, None) for name in ("log_cli_handler", "log_file_handler"))
    live = [handler for handler in handlers if isinstance(handler, logging.Handler)]
    for handler in live:
        handler.addFilter(_nothing)
    try:
        yield
    finally:
        for handler in live:
            handler.removeFilter(_nothing)


def _nothing(record: logging.LogRecord) -> bool:
    return False


@contextlib.contextmanager
def _setup_show(item: pytest.Item) -> Iterator[None]:
    """`--setup-show` writes each fixture to the terminal."""
    option = item.config.option
    shows = getattr(option, "setupshow", False)
    option.setupshow = False
    try:
        yield
    finally:
        option.setupshow = shows


@contextlib.contextmanager
def _last_exception(item: pytest.Item) -> Iterator[None]:
    """A repeat that fails is nobody's last exception."""
    before = [name for name in _LAST_EXCEPTION if hasattr(sys, name)]
    try:
        yield
    finally:
        for name in _LAST_EXCEPTION:
            if name not in before:
                sys.__dict__.pop(name, None)


@contextlib.contextmanager
def _output() -> Iterator[None]:
    """What is written to standard output and error, by C++ too, is thrown away."""
    from _pytest.capture import FDCapture, MultiCapture

    capture: Any = MultiCapture(in_=None, out=FDCapture(1), err=FDCapture(2))
    _flush()
    capture.start_capturing()
    try:
        yield
    finally:
        _flush()
        capture.stop_capturing()


def _flush() -> None:
    """What Python's own streams hold back goes where it was written to: `--capture=tee-sys` writes to them."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()


@contextlib.contextmanager
def _warnings(item: pytest.Item) -> Iterator[None]:
    """The filters for warnings are the test's own; they end with its protocol, which is over."""
    if not item.config.pluginmanager.has_plugin("warnings"):
        yield
        return
    from _pytest.warnings import catch_warnings_for_item

    with catch_warnings_for_item(item.config, item.ihook, when="runtest", item=item):
        yield
