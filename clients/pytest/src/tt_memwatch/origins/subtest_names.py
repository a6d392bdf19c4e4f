"""Names of subtests, as pytest writes them: `[decode] (seq=128)`."""

from __future__ import annotations

import enum
from collections.abc import Mapping

#: Longest name, in characters.
NAME_MAX = 200

#: Longest value, in characters.
VALUE_MAX = 60

#: Values whose text is Python's own.
_PLAIN = (str, int, float, bool, type(None))

#: Larger numbers are not written: Python takes long for thousands of digits, or refuses.
_NUMBER_MAX = 10**30


def name_of(arguments: tuple[object, ...], parameters: Mapping[str, object]) -> str:
    """By what a subtest was given: its message, which may have a name, and its parameters."""
    given = dict(parameters)
    message = arguments[0] if arguments else given.pop("msg", None)
    parts = [] if message is None else [f"[{message if type(message) is str else shown(message)}]"]
    if given:
        parts.append(f"({', '.join(f'{name}={shown(value)}' for name, value in given.items())})")
    return _cut(" ".join(parts) or "(<subtest>)", NAME_MAX)


def shown(value: object) -> str:
    """A plain value as it is written. Another one by its type: how it shows itself is code of the suite's."""
    kind = type(value)
    if kind in (tuple, list) and isinstance(value, (tuple, list)):
        values = [shown(each) for each in value[: VALUE_MAX // 2]]
        text = f"({', '.join(values)})" if kind is tuple else f"[{', '.join(values)}]"
    elif isinstance(value, int) and kind is int:
        text = str(value) if abs(value) < _NUMBER_MAX else "a large int"
    elif isinstance(value, str) and kind is str:
        text = repr(value[: VALUE_MAX + 1])
    elif kind in _PLAIN:
        text = repr(value)
    elif isinstance(value, enum.Enum):
        text = f"{kind.__name__}.{value._name_}"
    else:
        text = f"<{kind.__name__}>"
    return _cut(text, VALUE_MAX)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
