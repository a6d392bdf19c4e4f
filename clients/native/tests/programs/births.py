"""What is noted of results, a scenario by name: each ends with `right`, a traceback, or the sanitizer's report."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fake_tensors import DEVICE, L1, OTHER_DEVICE, Numbered, Unique, place
from noted import FRAMES_MAX, NUMBERS_MAX, RECORDS_MAX, begin, call, numbers, site_at
from tt_memwatch_tracer.births import NativeBirths, Setting


def notes_what_is_new() -> None:
    for kind in (Unique, Numbered):
        births, note = begin(kind)
        one, elsewhere, in_l1 = kind(8, DEVICE), kind(8, OTHER_DEVICE), kind(8, DEVICE, L1)
        for tensor in (one, elsewhere, in_l1):
            assert note(tensor, (), {}) is tensor
        assert list(births) == [place(one), place(elsewhere), place(in_l1)]
        assert numbers(births) == [(one.buffer,), (elsewhere.buffer,), (in_l1.buffer,)]
        assert {operation for operation, _, _ in births.values()} == {"made"}
        same_place = kind(8, DEVICE)
        note(same_place, (elsewhere, kind(16, DEVICE)), {"other": in_l1})
        assert births[place(one)][2] == (same_place.buffer,)


def notes_each_of_several() -> None:
    for kind in (Unique, Numbered):
        for sequence in (list, tuple):
            births, note = begin(kind)
            made = sequence([kind(0, DEVICE), None, kind(8, DEVICE), "text"])
            assert note(made, (), {}) is made
            assert len(births) == 2
    for other in (None, 1, {"a": Unique(0, DEVICE)}, [[Unique(0, DEVICE)]], type("Own", (Unique,), {})(0, DEVICE)):
        births, note = begin(Unique)
        assert note(other, (), {}) is other
        assert births == {}


def notes_nothing_of_the_host() -> None:
    for kind in (Unique, Numbered):
        births, note = begin(kind)
        freed = kind(0, DEVICE)
        freed.has_buffer = False
        note(kind(0), (), {})
        note(freed, (), {})
        assert births == {}
        made = kind(0, DEVICE)
        note(made, (kind(0), freed, [kind(0)]), {"a": freed})
        assert numbers(births) == [(made.buffer,)]


def knows_what_is_in_place() -> None:
    ways: list[Callable[[Any], tuple[tuple[Any, ...], dict[str, Any]]]] = [
        lambda tensor: ((tensor,), {}),
        lambda tensor: ((1, None, "text", tensor), {}),
        lambda tensor: (([], [None, tensor]), {}),
        lambda tensor: (((tensor,),), {}),
        lambda tensor: ((), {"a": 1, "out": tensor}),
        lambda tensor: ((), {"out": [tensor]}),
    ]
    for way in ways:
        births, note = begin(Unique)
        unknown = Unique(0, DEVICE)
        note(unknown.view(), *way(unknown))
        assert births == {}
        births, note = begin(Numbered)
        known = Numbered(0, DEVICE)
        note(known, (), {})
        first = dict(births)
        view = known.view()
        note(view, *way(known))
        assert numbers(births) == [(known.tensor_id, view.tensor_id)]
        note(view, (), {})
        assert [birth[:2] for birth in births.values()] == [birth[:2] for birth in first.values()]


def joins_only_what_is_known() -> None:
    """A buffer that nobody noted lies where an earlier one was; then it is written in place."""
    for kind in (Unique, Numbered):
        births, note = begin(kind)
        earlier, unknown = kind(0, DEVICE), kind(0, DEVICE)
        note(earlier, (), {})
        note(unknown.view(), (unknown,), {})
        assert numbers(births) == [(earlier.buffer,)]


def has_limits() -> None:
    births, note = begin(Numbered)
    tensor = Numbered(0, DEVICE)
    note(tensor, (), {})
    for count in range(2, NUMBERS_MAX + 2):
        note(tensor.view(), (tensor,), {})
        assert len(numbers(births)[0]) == min(count, NUMBERS_MAX)
    births, note = begin(Unique)
    for count in range(1, RECORDS_MAX + 1):
        note(Unique(count, DEVICE), (), {})
        assert len(births) == count
    note(Unique(0, DEVICE), (), {})
    assert len(births) == 1


def ends_a_site() -> None:
    births, note = begin(Unique)
    codes = [site_at(depth, note, births)[::2] for depth in range(FRAMES_MAX + 2)]
    here = sys._getframe()
    assert here.f_back is not None
    own, outer = site_at.__code__, (here.f_code, here.f_back.f_code)
    for depth, found in enumerate(codes):
        assert [code for code in found if code not in (ends_a_site.__code__, *outer)][: depth + 1].count(own) == min(
            depth + 1, FRAMES_MAX
        )
        assert len(found) == FRAMES_MAX or depth + 1 < FRAMES_MAX
    for ends in ((ends_a_site.__code__, None), (None, ends_a_site.__code__)):
        births, note = begin(Unique, ends=ends)
        assert site_at(1, note, births)[::2] == (own, own)
    births, note = begin(Unique, ends=(own, None))
    assert site_at(1, note, births) == ()


def tells_calls_apart() -> None:
    """The same frames with other instructions, and other code with the same instructions."""
    births, note = begin(Unique)

    def site(tensor: Any) -> tuple[Any, ...]:
        return births[place(tensor)][1]

    def one(tensor: Any) -> None:
        call(note, tensor)

    def other(tensor: Any) -> None:
        call(note, tensor)

    for _ in range(3):
        tensors = [Unique(address, DEVICE) for address in range(4)]
        one(tensors[0]), one(tensors[1])
        for which, tensor in ((one, tensors[2]), (other, tensors[3])):
            which(tensor)
        codes = [site(tensor)[0] for tensor in tensors]
        assert codes == [one.__code__, one.__code__, one.__code__, other.__code__]
        assert site(tensors[0])[2] == site(tensors[1])[2] and site(tensors[0])[3] < site(tensors[1])[3]
        assert site(tensors[2])[1:] == site(tensors[3])[1:]


def names_the_operation() -> None:
    births, note = begin(Unique, None)
    operation = type("Operation", (), {"python_fully_qualified_name": "ttnn.add"})()
    note(Unique(0, DEVICE), (operation,), {})
    assert [operation for operation, _, _ in births.values()] == ["ttnn.add"]


def raises_nothing() -> None:
    """Whatever is asked fails."""

    class Error(Exception):
        pass

    def failing(*_: Any) -> Any:
        raise Error

    asked = {
        Unique: ("device", "memory_config", "buffer_address", "buffer_unique_id"),
        Numbered: ("device", "memory_config", "buffer_address", "is_allocated", "tensor_id"),
    }
    for base, methods in asked.items():
        for method in methods:
            part = property(failing, lambda *_: None) if method == "tensor_id" else failing
            kind = type("Broken", (base,), {method: part})
            births, note = begin(kind)
            tensor, other = kind(0, DEVICE), kind(8, DEVICE)
            for made in (tensor, [tensor]):
                assert note(made, (other,), {"a": [other]}) is made
            assert births == {}, method
    births, note = begin(Unique, None)
    note(Unique(0, DEVICE), (object(),), {})
    assert births == {}
    assert [note(), note(1), note(1, 2)] == [None, None, None]  # type: ignore[call-arg]


def needs_what_it_asks() -> None:
    try:
        NativeBirths(Setting({}, int, (None, None), False, FRAMES_MAX, RECORDS_MAX, NUMBERS_MAX))
    except OSError as error:
        assert "lack what they are asked for" in str(error), error
    else:
        raise AssertionError("made")


SCENARIOS: dict[str, Callable[[], None]] = {
    scenario.__name__: scenario
    for scenario in (
        *(notes_what_is_new, notes_each_of_several, notes_nothing_of_the_host, knows_what_is_in_place),
        *(joins_only_what_is_known, has_limits, ends_a_site, tells_calls_apart, names_the_operation, raises_nothing),
        needs_what_it_asks,
    )
}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]]()
    print("right")
