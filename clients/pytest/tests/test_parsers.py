"""Whatever comes from outside is read as what it is or a ValueError; sizes up to the limits, and one over."""

import contextlib
import json
import re
import socket
import threading

import pytest

from tt_memwatch.engine import Engine
from tt_memwatch.greeting import _GREETING_BYTES_MAX, _first_line, read_greeting
from tt_memwatch.holders.keys import KEY_MAX, shortened, shown
from tt_memwatch.known_leak_place import line_of_mark
from tt_memwatch.sizes import SIZE_MAX, parse_size

hypothesis = pytest.importorskip("hypothesis", reason="hypothesis is in the newest environment only")
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

#: The machine's speed is no property.
settings.register_profile("parsers", deadline=None, database=None)
settings.load_profile("parsers")

SPACE = st.text(" \t", max_size=3)
FACTORS = {"": 1, "B": 1, "K": 2**10, "M": 2**20, "G": 2**30}
UNITS = st.sampled_from(["", "B", "b", "K", "kb", "KiB", "M", "mib", "G", "GB"])


def is_size(text):
    try:
        return 0 <= parse_size(text) <= SIZE_MAX
    except ValueError as error:
        return "is not a size" not in str(error)


@given(st.integers(0, SIZE_MAX), SPACE, SPACE, SPACE)
def test_every_number_of_bytes_is_read_exactly(size, before, between, after):
    assert parse_size(f"{before}{size}{between}{after}") == size
    assert parse_size(f"{before}{size}{between}B{after}") == size


@given(st.integers(0, 2**23 - 1), UNITS)
def test_a_unit_multiplies(count, unit):
    assert parse_size(f"{count} {unit}") == count * FACTORS[unit[:1].upper()]


@pytest.mark.parametrize(("unit", "factor"), [("", 1), ("K", 2**10), ("M", 2**20), ("G", 2**30)])
def test_the_largest_size_is_read_in_each_unit_and_one_more_is_refused(unit, factor):
    most = SIZE_MAX // factor
    assert parse_size(f"{most}{unit}") == most * factor
    assert not is_size(f"{most + 1}{unit}")


@given(st.integers(0, 2**20), st.integers(0, 10**20 - 1))
def test_a_fraction_of_a_unit_is_rounded_down(whole, part):
    assert parse_size(f"{whole}.{part:020}G") == (whole * 10**20 + part) * 2**30 // 10**20


@given(st.text() | st.from_regex(r"\A\s*[0-9]*\.?[0-9]*\s*[KMGB]?i?B?\s*\Z") | st.integers() | st.floats() | st.none())
def test_anything_else_is_refused_as_no_size(value):
    try:
        assert 0 <= parse_size(value) <= SIZE_MAX
    except ValueError as error:
        assert "is not a size" in str(error)


@pytest.mark.parametrize("text", ["9" * 400, "9" * 100_000, "1" + " " * 100_000 + "x", "0." + "0" * 100_000, "\u0661"])
def test_long_and_foreign_texts_are_refused_at_once(text):
    assert not is_size(text)


def greeted(data, read):
    """What `read` gives of an engine that says `data` and closes."""
    ours, engines = socket.socketpair()
    with ours, engines:
        # More than a socket holds.
        sender = threading.Thread(target=lambda: (engines.sendall(data), engines.shutdown(socket.SHUT_WR)))
        sender.start()
        try:
            return read(ours)
        finally:
            while ours.recv(65_536):
                pass
            sender.join()


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=99), max_size=9))
def test_a_greeting_is_read_as_it_was_said(answer):
    assert greeted(json.dumps(answer).encode() + b"\n", read_greeting) == answer


@given(st.binary(max_size=2 * _GREETING_BYTES_MAX) | st.sampled_from([b"[" * 4_000, b"1", b"[]", b"null", b"{}\n{}"]))
def test_whatever_answers_is_a_greeting_or_a_value_error(data):
    for said in (data, data + b"\n"):
        with contextlib.suppress(ValueError):
            assert isinstance(greeted(said, read_greeting), dict)


@pytest.mark.parametrize(("size", "is_taken"), [(_GREETING_BYTES_MAX, True), (_GREETING_BYTES_MAX + 1, False)])
def test_a_greeting_has_its_limit_of_bytes_and_no_more(size, is_taken):
    line = b"x" * (size - 1) + b"\n"
    if is_taken:
        assert greeted(line, _first_line) == line
    else:
        with pytest.raises(ValueError, match="not a greeting"):
            greeted(line, _first_line)


@pytest.mark.parametrize("answer", [b"[]\n", b"null\n", b"1\n", b"[" * 4_000 + b"\n"])
def test_an_answer_that_is_no_greeting_is_named_and_the_tests_go_on(answer, tmp_path):
    path = str(tmp_path / "e.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()

        def answers():
            with listening.accept()[0] as client:
                client.sendall(answer)
                client.recv(65_536)

        thread = threading.Thread(target=answers)
        thread.start()
        engine = Engine()
        engine.connect({"kind": "hello", "pid": 1}, path)
        thread.join()
        engine.close(0)
    assert not engine.connected
    assert "not a greeting" in engine.problem


SUITE = """\
SHARED = pytest.mark.memwatch(known="the table is shared")

@pytest.mark.memwatch(limit="1 MB")
@pytest.mark.memwatch(
    known="one",
)
@pytest.mark.slow
def test_one(device): ...

@pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.memwatch(known="two")),
                               pytest.param(3, marks=pytest.mark.memwatch(known="three"))])
async def test_several(n): ...

@SHARED
def test_shared(device): ...

@pytest.mark.memwatch(known=WHY)
def test_why(device): ...

@pytest.mark.memwatch(known="one")
def test_once_more(device): ...
"""


@pytest.mark.parametrize(
    ("above_test", "reason", "line"),
    [
        (2, "one", 4),
        (9, "two", 10),
        (9, "three", 11),
        (13, "the table is shared", 1),
        (16, "what WHY says", 17),
        (19, "one", 20),
        (13, "one", None),
        (13, "nowhere", None),
        (None, "two", 10),
        (99, "nowhere", None),
    ],
)
def test_the_mark_of_a_known_leak_is_found_at_its_test_or_where_only_it_says_so(above_test, reason, line):
    assert line_of_mark(tuple(SUITE.splitlines(keepends=True)), above_test, reason) == line


#: What the engine takes for the key of a path (`IN_BRACKETS` of `src/core/model/causes.ts`).
IN_BRACKETS = re.compile(r"""\[(?:[^\[\]"'\\]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*\]""")


@given(st.text(max_size=400) | st.binary(max_size=400) | st.text("\\'\"[]\n", min_size=40, max_size=80))
def test_a_key_of_any_length_is_shown_as_one_key(key):
    text = shown(key)
    assert len(text) <= KEY_MAX
    assert IN_BRACKETS.fullmatch(f"[{text}]")
    assert text == repr(key) or len(repr(key)) > KEY_MAX


@given(st.lists(st.text("ab['\"\\]", max_size=60), max_size=30), st.integers(20, 500))
def test_a_path_that_is_too_long_loses_its_keys_before_anything_else(keys, length):
    path = "".join(["test_a.CACHE", *(f"[{shown(key)}]" for key in keys)])
    short = shortened(path, length)
    assert len(short) <= length
    assert short.startswith("test_a.CACHE")
    if len("test_a.CACHE" + "[...]" * len(keys)) <= length:
        assert IN_BRACKETS.sub("[*]", short) == "test_a.CACHE" + "[*]" * len(keys)
