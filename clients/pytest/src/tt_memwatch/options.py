"""Options of the command line, the environment and ini, in that order of precedence. A test's marker is before all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from tt_memwatch import pace
from tt_memwatch.limits import LIMIT_HELP, OLD_LIMITS, Limits, limits_over
from tt_memwatch.marker import REPEATS_MAX
from tt_memwatch.old_names import OldName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Fixtures of tt-metal's conftest files that give devices, also inside other objects.
DEVICE_FIXTURES = frozenset(
    {
        "device",
        "mesh_device",
        "bh_1d_mesh_device",
        "bh_2d_mesh_device",
        "pcie_mesh_device",
        "t3k_single_board_mesh_device",
        "t3k_mesh_device",
        "n300_mesh_device",
        "all_devices",
        "pcie_devices",
    }
)

CLEAR_MODES = ("always", "growth", "never")

#: Whether to search for what holds the memory that a test left: no, for a limited time, or for as long as it takes.
HOLDER_MODES = ("off", "on", "full")

#: How long the search for one test may take, in seconds, by mode.
HOLDER_BUDGETS_S: Mapping[str, float] = {"off": 0.0, "on": 2.0, "full": float("inf")}

_REPEATS_DIGITS = 3

_YES = ("1", "yes", "true", "on")
_NO = ("0", "no", "false", "off")

#: What finds the line that allocated: the tracer where it runs, else a wrap of ttnn's operations; or one of the two
#: alone; or nothing.
ORIGIN_MODES = ("auto", "tracer", "wrap", "off")

#: Whether allocations are recorded for an allocation server: on tested versions of ttnn, on any, or not at all.
TRACER_MODES = ("auto", "force", "off")

#: Whether the host memory of the process is looked at before and after each test.
HOST_MODES = ("on", "off")

#: Words that modes had -> the words they have.
OLD_ORIGIN_MODES: Mapping[str, str] = {"trace": "tracer"}


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("memwatch", "device memory left behind by tests (tt-memwatch)")
    _add(
        group.addoption,
        parser,
        "clear",
        choices=CLEAR_MODES,
        help="after each test that uses a device: always (default) collect garbage and clear the program cache; "
        "growth: only when memory grew; never clear the cache",
    )
    _add(
        group.addoption,
        parser,
        "holders",
        choices=HOLDER_MODES,
        help="find what still holds the memory that a test left: on (default) searches for up to 2 s; full searches as "
        "long as it takes",
    )
    _add(
        group.addoption,
        parser,
        "confirm",
        metavar="N",
        help="repeat each test that left memory N times in the same process, to see whether the memory grows "
        "(not tests over 10 s, nor those marked unsafe)",
    )
    _add(
        group.addoption,
        parser,
        "warm_up",
        metavar="N",
        help="run each test that left memory N more times in the same process, and count only what the last of these "
        "runs left (not tests over 10 s, nor those marked unsafe)",
    )
    _add(
        group.addoption,
        parser,
        "origin",
        choices=[*ORIGIN_MODES, *OLD_ORIGIN_MODES],
        metavar=f"{{{','.join(ORIGIN_MODES)}}}",
        help="find the line that allocated the memory: auto (default) asks the tracer, and wraps ttnn's operations "
        "where it cannot run, which finds lines for their results only; tracer and wrap use one of the two alone",
    )
    _add(
        group.addoption,
        parser,
        "tracer",
        choices=TRACER_MODES,
        help="record allocations for an allocation server (`tt-memwatch serve`), where one listens: auto (default) on "
        "tested versions of ttnn; force on any; off never. Under `tt-memwatch run` its --tracer decides",
    )
    _add(
        group.addoption,
        parser,
        "pace",
        choices=pace.MODES,
        help="auto (default): follow memory by the tracer's records; where many tests leave memory, collect garbage "
        "and search for holders once for several of them; each: ask the allocator, collect and search after each test",
    )
    _add(
        group.addoption,
        parser,
        "host",
        choices=HOST_MODES,
        help="look at the host memory of the process before and after each test, to see whether it grows with the "
        "tests: on (default) or off",
    )
    for name, what in LIMIT_HELP.items():
        _add(group.addoption, parser, name, metavar="SIZE", help=what)
    for name, option in OLD_LIMITS.items():
        what = f"the old name of {_flag(option)}"
        _add(group.addoption, parser, name, metavar="SIZE", help=what)
    _add(
        group.addoption,
        parser,
        "fail",
        action="store_const",
        const="yes",
        help="fail each test that leaves more than its limits allow (without limits: that leaves anything)",
    )
    _add(
        group.addoption,
        parser,
        "explain",
        action="store_const",
        const="yes",
        help="name the ttnn function behind each buffer that an operation allocated inside (slow: for a few tests)",
    )
    parser.addini(
        "memwatch_devices",
        "more fixtures whose values contain devices, in attributes or items",
        type="linelist",
    )


def _add(addoption: Callable[..., None], parser: pytest.Parser, name: str, help: str, **kind: object) -> None:
    variable = _variable(name)
    addoption(
        _flag(name),
        dest=_setting(name),
        default=None,
        help=f"{help} [env {variable}]",
        **kind,
    )
    parser.addini(_setting(name), f"{help} (as {_flag(name)})", default=None)


def _flag(name: str) -> str:
    return f"--memwatch-{name.replace('_', '-')}"


def _variable(name: str) -> str:
    return f"TT_MEMWATCH_{name.upper()}"


def _setting(name: str) -> str:
    return f"memwatch_{name}"


def _given(config: pytest.Config, name: str) -> list[tuple[Callable[[str], str], str]]:
    """The values of an option, the one that counts first, each with how an option is spelled where it comes from."""
    values = [
        (_flag, config.getoption(_setting(name))),
        (_variable, os.environ.get(_variable(name))),
        (_setting, config.getini(_setting(name))),
    ]
    return [(spelled, str(value)) for spelled, value in values if value]


def _first(config: pytest.Config, name: str) -> tuple[str, str] | None:
    """The value of an option that counts, after what it was given as; None: it was not given."""
    return next(((spelled(name), value) for spelled, value in _given(config, name)), None)


def _word(config: pytest.Config, name: str, words: Iterable[str], default: str) -> str:
    given = _first(config, name)
    if given is None:
        return default
    spelled, word = given
    if word not in words:
        raise pytest.UsageError(f"{spelled} is {word!r}; wanted one of {', '.join(words)}")
    return word


def clear_mode(config: pytest.Config) -> str:
    """One of CLEAR_MODES. Raises pytest.UsageError."""
    return _word(config, "clear", CLEAR_MODES, "always")


def holder_budget_s(config: pytest.Config) -> float:
    """How long a search for holders may take. Raises pytest.UsageError."""
    return HOLDER_BUDGETS_S[_word(config, "holders", HOLDER_MODES, "on")]


def repeats(config: pytest.Config) -> int:
    """How often to repeat a test that left memory. Raises pytest.UsageError."""
    return _repeats(config, "confirm")


def warm_up(config: pytest.Config) -> int:
    """How many runs of a test only warm up, before the one that counts. Raises pytest.UsageError."""
    return _repeats(config, "warm_up")


def _repeats(config: pytest.Config, name: str) -> int:
    spelled, text = _first(config, name) or ("", "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= _REPEATS_DIGITS and int(text) <= REPEATS_MAX):
        raise pytest.UsageError(f"{spelled} is {text!r}; wanted a number of repeats from 0 to {REPEATS_MAX}")
    return int(text)


def origin_mode(config: pytest.Config) -> str:
    """One of ORIGIN_MODES. Raises pytest.UsageError."""
    mode = _word(config, "origin", (*ORIGIN_MODES, *OLD_ORIGIN_MODES), "auto")
    return OLD_ORIGIN_MODES.get(mode, mode)


def tracer_mode(config: pytest.Config) -> str:
    """One of TRACER_MODES. Raises pytest.UsageError."""
    return _word(config, "tracer", TRACER_MODES, "auto")


def pace_mode(config: pytest.Config) -> str:
    """One of pace.MODES. Raises pytest.UsageError."""
    return _word(config, "pace", pace.MODES, "auto")


def looks_at_host_memory(config: pytest.Config) -> bool:
    """Whether the host memory of the process is looked at. Raises pytest.UsageError."""
    return _word(config, "host", HOST_MODES, "on") == "on"


def device_fixtures(config: pytest.Config) -> set[str]:
    """Names of fixtures that give devices: those of tt-metal, and those the suite names."""
    return {*DEVICE_FIXTURES} | {str(name) for name in config.getini("memwatch_devices")}


def fails_tests(config: pytest.Config) -> bool:
    return _is_on(config, "fail")


def explains(config: pytest.Config) -> bool:
    """Whether to record what happens inside operations."""
    return _is_on(config, "explain")


def _is_on(config: pytest.Config, name: str) -> bool:
    """Raises pytest.UsageError."""
    spelled, word = _first(config, name) or ("", "no")
    if word.lower() not in (*_YES, *_NO):
        raise pytest.UsageError(f"{spelled} is {word!r}; wanted yes or no")
    return word.lower() in _YES


def old_names(config: pytest.Config) -> list[OldName]:
    """The options that are given under a name, or with a word, that they no longer have."""
    found = []
    for name, now in OLD_LIMITS.items():
        found += [OldName(spelled(name), spelled(now)) for spelled, _ in _given(config, name)]
    for spelled, mode in _given(config, "origin")[:1]:
        if mode in OLD_ORIGIN_MODES:
            option = spelled("origin")
            found.append(OldName(f"{option}={mode}", f"{option}={OLD_ORIGIN_MODES[mode]}"))
    return found


def run_limits(config: pytest.Config) -> Limits:
    """The limits that hold where a test has none of its own. Raises pytest.UsageError."""
    limits = Limits()
    for name, now in [*OLD_LIMITS.items(), *((name, name) for name in LIMIT_HELP)]:
        given = _first(config, name)
        if given is not None:
            spelled, size = given
            try:
                limits = limits_over({now: size}, limits)
            except ValueError as error:
                raise pytest.UsageError(f"{spelled}: {error}") from None
    return limits
