"""The lines about buffers that were left."""

import pytest

from tt_memwatch.growth_words import ADDRESSES_MAX, HOLDERS_MAX, KINDS_MAX, LeftBuffer, buffers_in_words

TENSOR = {"dtype": "bfloat16", "shape": [1, 1, 64, 64], "logicalBytes": 8192}
FRAME = {"file": "/suite/model.py", "line": 8, "function": "load"}


def left(address, holders=(), *, size=24_576, memory_type="DRAM", chips=(0,), line=8):
    return LeftBuffer(memory_type, address, size, chips, TENSOR, "ttnn.zeros", [{**FRAME, "line": line}], holders)


def words(*buffers):
    return buffers_in_words(buffers, None)


def test_buffers_that_read_alike_are_one_entry():
    assert words(left(0x30, ["test_it.KEPT[1]"]), left(0x10, ["test_it.KEPT[0]"])) == [
        "+48.0 KB DRAM   device 0   2 buffers   0x10, 0x30",
        "    bfloat16 1x1x64x64 (logical 8.0 KB)",
        "    ttnn.zeros   /suite/model.py:8 in load",
        "    held by  test_it.KEPT[0]",
        "    held by  test_it.KEPT[1]",
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"size": 12_288},
        {"memory_type": "L1"},
        {"chips": (1,)},
        {"line": 9},
        {"holders": ["test_it.KEPT[0]"]},
    ],
)
def test_buffers_that_differ_are_an_entry_each(other):
    heads = [line for line in words(left(0x10), left(0x20, **other)) if line.startswith("+")]
    assert len(heads) == 2


def test_the_most_bytes_come_first():
    heads = [line for line in words(left(1, size=3072), left(2, line=9), left(3, line=9)) if line.startswith("+")]
    assert heads == ["+48.0 KB DRAM   device 0   2 buffers   0x2, 0x3", "+3.0 KB DRAM   device 0   0x1"]


@pytest.mark.parametrize(("more", "said"), [(-1, []), (0, []), (1, ["and 2 more, 2.0 KB together"])])
def test_so_many_kinds_are_listed_and_buffers_of_others_are_counted(more, said):
    kinds = [left(n, line=n, size=2048) for n in range(KINDS_MAX + more - 1)]
    lines = words(*kinds, left(900, line=900, size=1024), left(901, line=900, size=1024))
    assert sum(line.startswith("+") for line in lines) == min(KINDS_MAX, KINDS_MAX + more)
    assert [line for line in lines if line.startswith("and")] == said


@pytest.mark.parametrize(("more", "end"), [(-1, "0x2"), (0, "0x3"), (1, "0x3, …")])
def test_so_many_addresses_are_listed(more, end):
    (head, *_) = words(*(left(n) for n in range(ADDRESSES_MAX + more)))
    assert head.startswith(
        f"+{24 * (ADDRESSES_MAX + more)}.0 KB DRAM   device 0   {ADDRESSES_MAX + more} buffers   0x0"
    )
    assert head.endswith(f" {end}")


@pytest.mark.parametrize(
    ("more", "end"),
    [(-1, []), (0, []), (1, ["    and by 1 other"]), (2, ["    and by 2 others"])],
)
def test_so_many_holders_are_listed(more, end):
    lines = words(left(1, [f"KEPT[{n}]" for n in range(HOLDERS_MAX + more)]))
    held = [line for line in lines if "held by" in line]
    assert lines[3:] == [*held, *end]
    assert len(held) == min(HOLDERS_MAX, HOLDERS_MAX + more)


def test_a_file_is_named_from_the_working_directory_and_in_full_where_that_was_deleted(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    buffer = LeftBuffer("DRAM", 1, 1, (0,), {}, None, [{**FRAME, "file": str(folder / "model.py")}], ())
    assert words(buffer)[1] == "    allocated at model.py:8 in load"
    folder.rmdir()
    assert words(buffer)[1] == f"    allocated at {folder}/model.py:8 in load"
