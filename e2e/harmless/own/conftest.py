"""A suite that looks at all it can: what it sees must be the same with and without somebody who watches it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator

import pytest

FAILURES: list[pytest.ExceptionInfo[BaseException]] = []
SEEN_AT_THE_END: list[str] = []


@pytest.fixture
def tensor(request: pytest.FixtureRequest) -> Callable[[], object]:
    """Makes a tensor on the session's device where it has one, else something that stands for it."""
    if not request.config.pluginmanager.hasplugin("harmless_haunt"):
        return object
    import harmless_haunt

    device = request.getfixturevalue("haunted_device")
    return lambda: harmless_haunt.make_tensor(device)


@pytest.fixture
def no_logged_exceptions(caplog: pytest.LogCaptureFixture) -> Generator[None, None, None]:
    """Fails a test in whose call an exception was logged, as many suites do."""
    yield
    logged = [record for record in caplog.get_records("call") if record.exc_info is not None]
    assert not logged, f"logged {len(logged)} exceptions"


@pytest.fixture(scope="module")
def kept_in_module(request: pytest.FixtureRequest) -> dict[str, object]:
    return {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, None, None]:
    """Puts what a report plugin would read at the end of a test into its output."""
    yield
    if call.excinfo is not None:
        FAILURES.append(call.excinfo)
    if call.when == "teardown":
        values = getattr(item, "funcargs", None) or {}
        item.user_properties.append(("arguments", sorted(values)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    for failure in FAILURES:
        entries = [(entry.path.name, entry.lineno, entry.name) for entry in failure.traceback]
        entries = [entry for entry in entries if entry[0].startswith("test_")]
        SEEN_AT_THE_END.append(f"{failure.typename}: {failure.exconly()} {entries}")
        # What flaky and report plugins do, long after the test.
        failure.getrepr(style="short")
        logging.getLogger("own").error("failed before", exc_info=(failure.type, failure.value, failure.tb))


def pytest_terminal_summary(terminalreporter: object) -> None:
    for line in SEEN_AT_THE_END:
        terminalreporter.write_line(line)  # type: ignore[attr-defined]
