"""The search for holders changes nothing: it runs no code of the suite's, leaves nothing, and ends when it has to."""

import _struct
import asyncio
import re
import threading
import types
import weakref

import numpy
import pytest
import ttnn

from tt_memwatch.holders.safe_types import Ask, how_to_ask, known_types

#: A class for each way in which an object can pretend, or run code when it is looked at. All write down what ran.
HOSTILE = """
import sys, types
RAN, KEPT = [], []

def note(name):
    def method(self, *args, **kwargs):
        RAN.append(f"{type(self).__name__}.{name} at {sys._getframe(1).f_code}")
        raise RuntimeError(name)
    return method

SPECIAL = ("__eq__", "__hash__", "__bool__", "__len__", "__iter__", "__getitem__", "__contains__", "__repr__",
           "__str__", "__getattr__", "__get__", "__call__", "__index__", "__sizeof__", "__instancecheck__")
methods = lambda: {name: note(name) for name in SPECIAL}
lies = lambda: {"__class__": property(note("__class__")), "__dict__": property(note("__dict__"))}

class Meta(type):
    locals().update({name: note(name) for name in ("__eq__", "__hash__", "__call__", "__instancecheck__", "__getattr__",
                                                   "__subclasscheck__", "__bool__", "__len__", "__iter__", "__repr__")})
Plain = type("Plain", (), {**methods(), "__slots__": ("w",)})
Liar = type("Liar", (), {**methods(), **lies(), "__slots__": ("w",)})
Open = type("Open", (), methods())
Bases = [type(f"Own{base.__name__}", (base,), methods()) for base in (dict, list, tuple, set)]
OfMeta = type.__call__(Meta, "OfMeta", (), {"__slots__": ("w",)})

class Lazy(types.ModuleType):
    __getattribute__ = note("__getattribute__")
    __getattr__ = note("__getattr__")

def test_keeps(device):
    import sys
    w = [zeros(device)]
    for kind in (Plain, Liar, Open):
        value = object.__new__(kind)
        KEPT.append(value)
        kind.__setattr__(value, "w", w)
    value = object.__new__(OfMeta)
    OfMeta.w.__set__(value, w)
    KEPT.append(value)
    own_dict, own_list, own_tuple, own_set = Bases
    KEPT.append(dict.__new__(own_dict)); dict.__setitem__(KEPT[-1], "w", w)
    KEPT.append(list.__new__(own_list)); list.append(KEPT[-1], w)
    KEPT.append(tuple.__new__(own_tuple, (w,)))
    sys.modules["lazy_one"] = Lazy("lazy_one")
    types.ModuleType.__dict__["__dict__"].__get__(sys.modules["lazy_one"])["w"] = w
    sys.modules["no_module"] = KEPT[0]
    KEPT.append({KEPT[0].__class__.__name__: 1} and w)
    RAN.clear()

def test_nothing_ran():
    import sys
    del sys.modules["lazy_one"], sys.modules["no_module"]
    assert RAN == []
"""


PROXIES = """
import sys, unittest.mock
KEPT, WOKEN = [], []

class Proxy:
    '''As wrapt and werkzeug make them: everything is asked of what it stands for.'''
    __slots__ = ("make",)
    def __init__(self, make):
        object.__setattr__(self, "make", make)
    @property
    def __class__(self):
        WOKEN.append(f"__class__ at {sys._getframe(1).f_code}")
        return list
    __dict__ = property(lambda self: WOKEN.append("dict") or {})
    def __getattr__(self, name):
        WOKEN.append(name)
        raise RuntimeError("working outside of context")

def test_keeps(device):
    t = zeros(device)
    global PROXY
    PROXY = Proxy(lambda: t)
    KEPT.append(unittest.mock.MagicMock(name="spy"))
    KEPT.append(unittest.mock.NonCallableMock(spec=dict))
    KEPT[-1].weight = t
    WOKEN.clear()

def test_later():
    assert WOKEN == []
    assert KEPT[0].mock_calls == [] and KEPT[1].mock_calls == []
"""


@pytest.mark.usefixtures("walk")
def test_no_code_of_the_suite_runs_proxies_are_not_woken_and_mocks_not_called(suite, engine):
    suite.write(test_hostile=HOSTILE, test_proxies=PROXIES)
    suite.again("--memwatch-holders=full").assert_outcomes(passed=4)
    hostile, proxies = _paths(engine)
    assert {"test_hostile.KEPT[7][0]", "lazy_one.w[0]", "sys.modules['no_module'].w[0]"} <= set(hostile)
    assert proxies == ["closure variable 't' of test_proxies.PROXY.make", "test_proxies.KEPT[1].weight"]


def _paths(engine):
    """The paths of each buffer that had to be searched for."""
    return [sorted(m["paths"]) for m in engine.messages() if m["kind"] == "holders"]


AWAITS = """
import asyncio, gc
KEPT = []
def test_waits(device):
    asyncio.run(asyncio.sleep(0.001))
def test_keeps(device):
    KEPT.append(zeros(device))
def test_waits_again(device):
    for _ in range(3):
        gc.collect()
        asyncio.run(asyncio.sleep(0.001))
"""


FREEZES = """
import gc
class Model:
    pass
MODEL = Model()
MODEL.layers = [[]]

def test_keeps(device):
    gc.collect()
    gc.freeze()
    MODEL.layers[0].append(zeros(device))
    frozen.append(gc.get_freeze_count())

def test_keeps_more(device):
    assert gc.get_freeze_count() > frozen[0] / 2
    MODEL.scale = zeros(device)
    gc.unfreeze()

frozen = []
"""


@pytest.mark.usefixtures("walk")
def test_a_suite_that_ever_awaited_something_goes_on_and_what_was_frozen_is_found_and_stays_frozen(suite, engine):
    suite.write(test_awaits=AWAITS, test_freezes=FREEZES)
    suite.again().assert_outcomes(passed=5)
    assert _paths(engine) == [
        ["test_awaits.KEPT[0]"],
        ["test_freezes.MODEL.layers[0][0]"],
        ["test_freezes.MODEL.scale"],
    ]


class OfMetaclass(type):
    pass


class Slots:
    __slots__ = ("__weakref__", "a")


class OfTensor(ttnn.Tensor):
    pass


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        (dict, Ask.TOGETHER),
        (type(lambda: None), Ask.TOGETHER),
        (Slots, Ask.TOGETHER),
        (Text, Ask.TOGETHER),
        (weakref.WeakValueDictionary, Ask.TOGETHER),
        (ValueError, Ask.TOGETHER),
        (json_error := __import__("json").JSONDecodeError, Ask.TOGETHER),
        (threading.Thread, Ask.TOGETHER),
        (asyncio.Task, Ask.TOGETHER),
        (OfMetaclass, Ask.TOGETHER),
        (type, Ask.TOGETHER),
        (types.ModuleType, Ask.BY_HAND),
        (type("Lazy", (types.ModuleType,), {}), Ask.BY_HAND),
        (type(ttnn.Tensor), Ask.BY_HAND),
        (ttnn.Tensor, Ask.NEVER),
        (OfTensor, Ask.NEVER),
        (numpy.ndarray, Ask.NEVER),
        (type("OfArray", (numpy.ndarray,), {}), Ask.NEVER),
        (re.Pattern, Ask.NEVER),
        (_struct.Struct, Ask.NEVER),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_only_types_of_python_and_of_class_statements_are_asked(kind, how):
    assert how_to_ask(kind, known_types()) is how
