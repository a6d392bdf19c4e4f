"""Writes down what a pytest session did, one JSON line for each thing that could be seen of it.

Loaded with `-p` on the command line, so that pytest runs that the tests start are not recorded. Reads nothing else than
what any plugin may read, and changes nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from logging import LogRecord
from typing import IO, Any

import pytest

#: The file to write to.
RECORD_VARIABLE = "HARMLESS_RECORD"

#: Set where failures and log records are kept until the session's end and described once more then.
KEEPS_VARIABLE = "HARMLESS_KEEPS"

#: Longest text of one value, in characters; what is over is told by its length.
TEXT_MAX = 500_000


class Recorder:
    def __init__(self, file: IO[str], keeps: bool) -> None:
        self._file = file
        self._keeps = keeps
        self._failures: list[tuple[str, str, pytest.ExceptionInfo[BaseException]]] = []
        self._records: list[tuple[str, LogRecord]] = []

    def _write(self, kind: str, node: str, when: str, **values: object) -> None:
        line = {"kind": kind, "node": node, "when": when, "values": {k: _text(v) for k, v in values.items()}}
        self._file.write(json.dumps(line) + "\n")

    # ── collection ──────────────────────────────────────────────────────────────────────────────────────────────────

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._write("collected", report.nodeid, "collect", outcome=report.outcome, longrepr=report.longreprtext)

    # ── one test ────────────────────────────────────────────────────────────────────────────────────────────────────

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Generator[None, Any, None]:
        yield
        if call.excinfo is not None:
            self._write("exception", item.nodeid, call.when, **_failure(call.excinfo))
            if self._keeps:
                self._failures.append((item.nodeid, call.when, call.excinfo))
        for phase, record in _log_records(item):
            if call.when in (phase, "teardown"):
                self._write("log", item.nodeid, call.when, phase=phase, **_log(record))
            if call.when == phase and self._keeps:
                self._records.append((item.nodeid, record))
        arguments = getattr(item, "funcargs", None) or {}
        self._write(
            "fixtures",
            item.nodeid,
            call.when,
            names=sorted(getattr(item, "fixturenames", ())),
            values=sorted(f"{name}: {type(value).__name__}" for name, value in arguments.items()),
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._write(
            "report",
            report.nodeid,
            report.when or "",
            outcome=report.outcome,
            longrepr=report.longreprtext,
            stdout=_captured(report, "stdout"),
            stderr=_captured(report, "stderr"),
            sections=[s for s in report.sections if "stdout" not in s[0] and "stderr" not in s[0]],
            wasxfail=getattr(report, "wasxfail", None),
            context=getattr(report, "context", None),
            properties=report.user_properties,
            keywords=sorted(map(str, report.keywords)),
            location=report.location,
        )

    def pytest_warning_recorded(self, warning_message: Any, when: str, nodeid: str, location: object) -> None:
        self._write(
            "warning",
            nodeid,
            when,
            category=warning_message.category.__name__,
            message=warning_message.message,
            where=f"{warning_message.filename}:{warning_message.lineno}",
            location=location,
        )

    # ── the session ─────────────────────────────────────────────────────────────────────────────────────────────────

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._write("order", "", "", items=[item.nodeid for item in session.items])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        for node, when, failure in self._failures:
            self._write("kept-exception", node, when, **_failure(failure))
        for node, record in self._records:
            self._write("kept-log", node, "", **_log(record))
        self._write("end", "", "", status=int(exitstatus), stop=session.shouldstop, fail=session.shouldfail)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        counts = {name: len(reports) for name, reports in sorted(terminalreporter.stats.items())}
        self._write("summary", "", "", counts=counts)

    def pytest_unconfigure(self) -> None:
        self._file.close()


def pytest_configure(config: pytest.Config) -> None:
    path = os.environ[RECORD_VARIABLE]
    file = open(path, "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - the session closes it
    config.pluginmanager.register(Recorder(file, KEEPS_VARIABLE in os.environ), "harmless_recorder.hooks")


def _text(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]} ... {len(text)} characters"


def _captured(report: pytest.TestReport, stream: str) -> str:
    """What a stream got, each part under its heading: attempts may have several of one name."""
    parts = [(title, text.removesuffix("\n")) for title, text in report.sections if stream in title]
    return "\n".join(f"-- {title} --\n{text}" for title, text in parts)


def _failure(failure: pytest.ExceptionInfo[BaseException]) -> dict[str, object]:
    """The exception and those it came from, each with file, line and function of its whole traceback."""
    chain: list[object] = []
    error: BaseException | None = failure.value
    while error is not None and len(chain) < 10:
        chain.append((type(error).__name__, _safely(lambda e=error: str(e)), list(_lines(error))))
        error = error.__cause__ or error.__context__
    entries = [f"{entry.path}:{entry.lineno}" for entry in failure.traceback]
    return {"chain": chain, "entries": entries, "shown": _safely(lambda: failure.exconly())}


def _lines(error: BaseException) -> Iterator[str]:
    tb = error.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        yield f"{code.co_filename}:{tb.tb_lineno}:{code.co_name}"
        tb = tb.tb_next


def _log_records(item: pytest.Item) -> Iterator[tuple[str, LogRecord]]:
    from _pytest.logging import caplog_records_key

    for phase, records in item.stash.get(caplog_records_key, {}).items():
        for record in records:
            yield phase, record


def _log(record: LogRecord) -> dict[str, object]:
    return {
        "name": record.name,
        "level": record.levelname,
        "message": _safely(record.getMessage),
        "template": type(record.msg).__name__,
        "arguments": type(record.args).__name__ if not record.args else [type(a).__name__ for a in record.args],
        "exception": None if record.exc_info is None else [type(part).__name__ for part in record.exc_info],
    }


def _safely(function: Any) -> str:
    """Somebody else's text, or that it has none."""
    try:
        return str(function())
    except Exception as error:
        return f"no text: {type(error).__name__}"
