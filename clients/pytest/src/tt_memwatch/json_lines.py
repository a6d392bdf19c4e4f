"""Messages as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _encoder() -> Callable[[Mapping[str, Any]], str]:
    """Python's encoder makes its part in C anew for each message, which takes longer than the message does."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _ENCODER.encode
    in_c = make(None, _ENCODER.default, json.encoder.encode_basestring, None, ":", ",", False, False, True)
    return lambda message: "".join(in_c(message, 0))


_encode = _encoder()


def line(message: Mapping[str, Any]) -> str:
    return f"{_encode(message)}\n"


#: How lines become bytes. Names of files may have characters that UTF-8 has not.
ENCODING = ("utf-8", "backslashreplace")
