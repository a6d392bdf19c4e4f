"""Which errors say that memory ran out, and what is told of them."""

import gc
import re
import sys
from pathlib import Path

import pytest

from tt_memwatch.memory_errors import FRAMES_MAX, WORDINGS, memory_error, parse

CLASH = (
    "TT_THROW @ /project/tt_metal/impl/program/program.cpp:1145: tt::exception\ninfo:\nStatically allocated circular "
    "buffers in program 65868 clash with L1 buffers on core range [(x=0,y=0) - (x=3,y=7)]. L1 buffer allocated at "
    "665600 and static circular buffer region ends at 890144\nbacktrace:\n --- tt::tt_metal::x"
)


@pytest.mark.parametrize("wording", WORDINGS)
def test_the_wordings_are_those_of_the_installed_ttnn(wording):
    library = next(
        path for entry in sys.path for path in Path(entry).glob("ttnn/build/lib/libtt_metal.so") if path.is_file()
    )
    text = wording.text.replace("{buffers}", "circular").replace("{same}", "circular")
    assert re.sub(r"\{\w+\}", "{}", text).encode() in library.read_bytes()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Out of Memory: Not enough space to allocate 83886080 B L1 buffer across 64 banks, where each bank needs "
            "to store 1310720 B, but bank size is 1393312 B (allocated: 524288 B, free: 869024 B, largest free block: "
            "869023 B).\nbacktrace:\n",
            ("refused", "L1", 83886080, 64, 1310720, 1393312, 524288, 869024, 869023),
        ),
        (
            "Out of Memory: Not enough space after considering dependencies to allocate 64 B L1_SMALL across 2 banks "
            "(32 B per bank), bank size is 16 B (allocated: 1 B, free: 2 B, largest free block: 3 B). After",
            ("refused", "L1_SMALL", 64, 2, 32, 16, 1, 2, 3),
        ),
        (
            "Out of Memory: Not enough space to allocate 64 B DRAM buffer across 2 banks, where each bank needs to "
            "store 32 B",
            ("refused", "DRAM", 64, 2, 32, None, None, None, None),
        ),
        (CLASH, ("clash", "circular", 65868, "[(x=0,y=0) - (x=3,y=7)]", 665600, 890144)),
        (
            "Statically allocated dataflow buffers in program 350188 clash with L1 buffers\non core range [0-0 - 7-7]. "
            "L1 buffer allocated at 104448 and static dataflow buffer region ends at 107936",
            ("clash", "dataflow", 350188, "[0-0 - 7-7]", 104448, 107936),
        ),
        (
            "Statically allocated circular buffers on core range {[0-0 - 7-7], [0-8 - 1-8]} grow to 1600000 B which is "
            "beyond max L1 size of 1499136 B",
            ("too-large", "circular", "{[0-0 - 7-7], [0-8 - 1-8]}", 1600000, 1499136),
        ),
    ],
)
def test_a_message_is_read_figure_by_figure(text, expected):
    fields = parse(text)
    names = {
        "refused": "memoryType requestedBytes banks bytesPerBank totalBytesPerBank allocatedBytesPerBank "
        "freeBytesPerBank largestFreeBytesPerBank",
        "clash": "buffers program cores lowestAddress regionEnd",
        "too-large": "buffers cores regionEnd limit",
    }[expected[0]]
    assert fields == {"error": expected[0], **dict(zip(names.split(), expected[1:], strict=True))}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Out of Memory: Cannot allocate at an address below 5. Allocation at 3",
        CLASH.replace("665600", "-1"),
        CLASH.replace("665600", str(2**53)),
        CLASH.replace("(x=0,y=0)", "x" * 300),
        "x" * 30_000 + CLASH,
        "Statically allocated " * 100_000,
    ],
)
def test_another_message_is_none_of_them(text):
    assert parse(text) is None


def raised(error):
    try:
        raise error
    except BaseException as caught:
        return caught


class Woken(RuntimeError):
    def __getattribute__(self, name):
        raise AssertionError(name)

    __str__ = __repr__ = __eq__ = __getattribute__


class Text(str):
    def __contains__(self, part):
        raise AssertionError(part)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (Woken, (CLASH,)),
        (RuntimeError, (Text(CLASH),)),
        (RuntimeError, (CLASH, 1)),
        (RuntimeError, ()),
        (ValueError, (CLASH,)),
    ],
    ids=["a subclass", "another text", "two arguments", "none", "another type"],
)
def test_an_exception_that_might_run_code_of_the_suite_is_not_read(kind, arguments):
    assert memory_error(raised(kind(*arguments))) is None


def test_the_error_is_found_in_what_the_exception_came_from_and_is_not_kept():
    def operation():
        raise RuntimeError(CLASH)

    def test():
        try:
            operation()
        except RuntimeError as error:
            raise AssertionError("the model failed") from error

    try:
        test()
    except AssertionError as caught:
        caught.__cause__.__context__ = caught  # a circle
        error = caught
    fields = memory_error(error)
    cause = error.__cause__
    cause.__context__ = None
    assert fields["program"] == 65868
    assert [(Path(frame["file"]).name, frame["function"].split(".")[-1]) for frame in fields["stack"]] == [
        ("test_memory_errors.py", "operation"),
        ("test_memory_errors.py", "test"),
    ]
    gc.collect()
    assert all(type(holder) is not dict or holder is not fields for holder in gc.get_referrers(cause))


def test_of_a_long_traceback_the_innermost_frames_are_told():
    def deep(depth):
        if depth == 0:
            raise RuntimeError(CLASH)
        deep(depth - 1)

    try:
        deep(FRAMES_MAX + 10)
    except RuntimeError as error:
        stack = memory_error(error)["stack"]
    assert len(stack) == FRAMES_MAX
    assert stack[0]["line"] == stack[1]["line"] - 1


def test_a_failed_test_tells_it_after_a_look_and_once_for_a_wider_fixture(suite, engine):
    clash = f"raise RuntimeError({CLASH!r})"
    suite.run(f"""
        def test_runs_out(shared_device):
            kept = zeros(shared_device)
            shape = (1, 1, 1024 * 1024, 32 * 1024)
            ttnn.empty(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=shared_device)
        def test_clashes(shared_device):
            {clash}
        def test_catches(shared_device):
            with pytest.raises(RuntimeError):
                {clash}
        @pytest.fixture(scope="module")
        def model(shared_device):
            {clash}
        @pytest.fixture
        def own(shared_device):
            {clash}
        def test_first(model): pass
        def test_second(model): pass
        def test_third(own): pass
        def test_fourth(own): pass
    """).assert_outcomes(failed=2, passed=1, errors=4)
    told = {
        name.partition("::")[2]: [(m["error"], m["mark"]) for m in messages if m["kind"] == "memory-error"]
        for name, messages in engine.tests().items()
    }
    assert told == {
        "test_runs_out": [("refused", None)],
        "test_clashes": [("clash", None)],
        "test_catches": [],
        "test_first": [("clash", None)],
        "test_second": [],
        "test_third": [("clash", None)],
        "test_fourth": [("clash", None)],
    }
    messages = engine.tests()["test_it.py::test_runs_out"]
    at = next(index for index, message in enumerate(messages) if message["kind"] == "memory-error")
    assert (messages[at - 1]["moment"], messages[at - 1]["liveBlocks"]) == ("after-call", 1)
