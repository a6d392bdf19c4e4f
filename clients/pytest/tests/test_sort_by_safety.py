"""What is remembered of types, by their identities."""

import datetime
import gc

from tt_memwatch.holders import sort_by_safety


def test_what_is_known_of_a_type_ends_with_it():
    known = sort_by_safety.Sorting()
    identities, met_again = set(), 0
    for turn in range(50):
        # What an extension's type shows may not be asked for.
        bases = (datetime.date,) if turn % 2 else ()
        kind = type("Passing", bases, {})
        met_again += id(kind) in identities
        identities.add(id(kind))
        value = kind(2000, 1, 1) if bases else kind()
        known.renew()
        found = known.sort([value])
        assert (found.together, found.never) == (([], [value]) if bases else ([value], []))
        del kind, value, found
        gc.collect()
    assert met_again > 0


def test_a_limited_number_of_types_is_remembered(monkeypatch):
    monkeypatch.setattr(sort_by_safety, "TYPES_MAX", 2)
    known = sort_by_safety.Sorting()
    values = [type(f"Kind{number}", (), {})() for number in range(3)]
    for number, remembered in enumerate((1, 2, 3), start=1):
        known.renew()
        known.sort([*values[:number], {}])
        assert len(known._references) == remembered
    known.renew()
    assert len(known._references) == 0
    assert known.sort(values).together == values
