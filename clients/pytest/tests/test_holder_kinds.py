"""Each kind of holder planted once, and named as one would look for it."""

import pytest

#: How a test keeps the tensor `t`, by name, and the path that has to be told (`{m}` is the test's module).
KINDS = {
    "module_global": ("global KEPT; KEPT = t", "{m}.KEPT"),
    "module_list": ("ITEMS.append(t)", "{m}.ITEMS[0]"),
    "nested_dict": ("CACHE['kv'] = {'layers': [(t, 1)]}", "{m}.CACHE['kv']['layers'][0][0]"),
    "untracked_tuple": ("CACHE['pair'] = (t,)", "{m}.CACHE['pair'][0]"),
    "key_of_a_dict": ("KEYS[t] = 1", "a key of {m}.KEYS"),
    "class_attribute": ("Model.scale = t", "{m}.Model.scale"),
    "instance": ("MODEL.layers.append(Layer(t))", "{m}.MODEL.layers[0].weight"),
    "slots": ("ITEMS.append(Slotted(t))", "{m}.ITEMS[0].weight"),
    "private_slot": ("ITEMS.append(Private(t))", "{m}.ITEMS[0].__weight"),
    "dataclass": ("ITEMS.append(Data(t))", "{m}.ITEMS[0].weight"),
    "named_tuple": ("ITEMS.append(Pair(1, t))", "{m}.ITEMS[0].second"),
    "set_member": ("SET.add(t)", "a member of the set {m}.SET"),
    "deque": ("QUEUE.append(t)", "{m}.QUEUE[0]"),
    "closure": ("global FWD; FWD = (lambda: t)", "closure variable 't' of {m}.FWD"),
    "partial": ("global PART; PART = functools.partial(print, t)", "{m}.PART.args[0]"),
    "partial_keyword": ("global PARTK; PARTK = functools.partial(print, w=t)", "{m}.PARTK.keywords['w']"),
    "bound_method": ("global BOUND; BOUND = Layer(t).forward", "{m}.BOUND.__self__.weight"),
    "default_argument": (
        "def f(x, w=t): pass\n    global DEF; DEF = f",
        "default argument 'w' of {m}.DEF",
    ),
    "keyword_default": (
        "def f(*, w=t): pass\n    global KWDEF; KWDEF = f",
        "default argument 'w' of {m}.KWDEF",
    ),
    "function_attribute": (
        "def f(): pass\n    f.weight = t\n    global FA; FA = f",
        "{m}.FA.weight",
    ),
    "closure_in_a_list": ("ITEMS.append(lambda: t)", "closure variable 't' of {m}.ITEMS[0]"),
    "closure_of_a_partial": (
        "ITEMS.append(functools.partial(lambda x: t))",
        "closure variable 't' of {m}.ITEMS[0].func",
    ),
    "named_function": ("named.__kwdefaults__ = {'w': t}; ITEMS.append(named)", "default argument 'w' of {m}.named"),
    "method_default": ("Model.act.__defaults__ = (t,)", "default argument 'w' of {m}.Model.act"),
    "builtin_method": ("global BUILTIN; BUILTIN = [t].append", "{m}.BUILTIN.__self__[0]"),
    "lru_cache": ("cached(device)", "the lru_cache of {m}.cached[<tuple>] called with (MeshDevice)"),
    "unlimited_cache": (
        "unlimited(device, 3, width=2.5)",
        "the lru_cache of {m}.unlimited[<tuple>] called with (MeshDevice, int, width=float)",
    ),
    "typed_cache": ("typed(device, 'a')", "the lru_cache of {m}.typed[<tuple>] called with (MeshDevice, str)"),
    "cache_of_one": (
        "DEVICE.append(device); one_argument(7)",
        "the lru_cache of {m}.one_argument[7] called with (int)",
    ),
    "attribute_of_a_cached_function": ("cached.weight = t", "{m}.cached.weight"),
    "finalizer_argument": (
        "weakref.finalize(MODEL, named, w=t).atexit = False",
        "weakref.finalize callback {m}.named of a living Model, in weakref.finalize._registry[<finalize>].kwargs['w']",
    ),
    "finalizer_closure": (
        "weakref.finalize(MODEL, lambda: t).atexit = False",
        "closure variable 't' of weakref.finalize._registry[<finalize>].func",
    ),
    "exit_callback": ("atexit.register(lambda: t)", "held by C code, as an atexit callback is"),
    "signal_handler": (
        "signal.signal(signal.SIGUSR2, lambda *_: t)",
        "closure variable 't' of the handler of signal SIGUSR2",
    ),
    "array_of_lists": ("global ARL; ARL = numpy.array([None, [t, 1]], dtype=object)", "{m}.ARL.flat[1][0]"),
    "context": ("CONTEXT.set([t])", "a context variable"),
    "task": ("LOOP.run_until_complete(begin(t))", "local 'held' of suspended generator wait (test_it.py:"),
    "generator": (
        "global GEN; GEN = generate(t); next(GEN)",
        "local 'held' of suspended generator generate (test_it.py:",
    ),
    "stored_exception": (
        "global ERR\n    try: fail(t)\n    except ValueError as e: ERR = e",
        "kept alive by exception ValueError held by {m}.ERR",
    ),
    "object_array": ("global ARR; ARR = numpy.array([None, t], dtype=object)", "{m}.ARR"),
    "weak_value": ("ITEMS.append(Boxed(t))\n    WEAK['x'] = ITEMS[-1]", "{m}.ITEMS[0].box[0]"),
    "thread": ("spawn(t)", "local 'held' in running frame work (test_it.py:"),
    "fixture_value": ("registry.append(t)", "fixture 'registry' (scope module)"),
    "two_holders": ("ITEMS.append(t)\n    CACHE['two'] = t", "{m}.CACHE['two']"),
    "subclass_of_dict": ("global SUB; SUB = Mapping(w=t)", "{m}.SUB['w']"),
    "property_backing": ("MODEL.cached = t", "{m}.MODEL.cached"),
    "exit_stack": ("STACK.callback(named, t)", "closure variable 'args' of {m}.STACK._exit_callbacks[0][1][0]"),
    "nested_in_what_has_no_names": (
        "def f(): return t\n    f.__qualname__ = 'MODEL.act.deeper'\n    ITEMS.append(f)",
        "closure variable 't' of {m}.ITEMS[0]",
    ),
}


PRELUDE = '''
import asyncio, atexit, collections, contextlib, contextvars, dataclasses, functools, signal, threading, types, weakref
import numpy

KEPT = GEN = ERR = ARR = FWD = PART = PARTK = BOUND = DEF = KWDEF = FA = SUB = None
BUILTIN = ARL = None
DEVICE, TASKS, CONTEXT, LOOP = [], [], contextvars.ContextVar("kept"), asyncio.new_event_loop()
ITEMS, CACHE, KEYS, SET, QUEUE, WEAK = [], {}, {}, set(), collections.deque(), weakref.WeakValueDictionary()

class Model:
    scale = None
    def __init__(self):
        self.layers = []
    def act(self, w=None):
        return w

class Layer:
    def __init__(self, weight):
        self.weight = weight
    def forward(self):
        return self.weight

class Slotted:
    __slots__ = ("weight",)
    def __init__(self, weight):
        self.weight = weight

class Private:
    __slots__ = ("__weight",)
    def __init__(self, weight):
        self.__weight = weight

class Boxed:
    def __init__(self, weight):
        self.box = [weight]

class Mapping(dict):
    pass

@dataclasses.dataclass
class Data:
    weight: object

Pair = collections.namedtuple("Pair", "first second")
MODEL = Model()
STACK = contextlib.ExitStack()

@functools.lru_cache
def cached(device):
    return zeros(device)

@functools.lru_cache(maxsize=None)
def unlimited(device, count, width):
    return zeros(device)

@functools.lru_cache(maxsize=8, typed=True)
def typed(device, name):
    return zeros(device)

@functools.lru_cache
def one_argument(number):
    return zeros(DEVICE.pop())

def named(w=None):
    return w

async def wait(held):
    await asyncio.sleep(60)
    return held

async def begin(held):
    TASKS.append(asyncio.ensure_future(wait(held)))
    await asyncio.sleep(0)

def generate(held):
    yield 1
    yield held

def fail(inside):
    raise ValueError("wrong")

DONE, THREADS = threading.Event(), []

def work(held):
    DONE.wait(60)

def spawn(held):
    THREADS.append(threading.Thread(target=work, args=(held,), daemon=True))
    THREADS[-1].start()

@pytest.fixture(scope="module")
def registry():
    return []

def forget():
    """Between tests: so that each holds its own tensor alone."""
    for kept in (ITEMS, CACHE, KEYS, SET, QUEUE):
        kept.clear()

@pytest.fixture(autouse=True)
def _forget_first():
    forget()
'''


#: Kinds of which one test keeps one each.
GROUP_MAX = 5


def _groups() -> list[list[str]]:
    """The kinds in as few tests as there may be, a search for each, where no two of one keep in the same place."""
    groups: list[dict[str, str]] = []
    for name, (keep, _) in KINDS.items():
        place = next((place for place in ("ITEMS", "CACHE", "MODEL") if place in keep), name)
        free = next((group for group in groups if place not in group and len(group) < GROUP_MAX), None)
        if free is None:
            groups.append(free := {})
        free[place] = name
    return [list(group.values()) for group in groups]


def _suite(groups: list[list[str]]) -> str:
    kinds = []
    for name, (keep, _) in KINDS.items():
        make = "" if "cache" in name and "attribute" not in name else "    t = zeros(device)\n"
        kinds.append(f"def keep_{name}(device, registry):\n{make}    {keep}\n")
    tests = [
        f"def test_{number}(shared_device, registry):\n"
        + "".join(f"    keep_{name}(shared_device, registry)\n" for name in names)
        for number, names in enumerate(groups)
    ]
    return "\n".join([PRELUDE, *kinds, *tests])


@pytest.mark.usefixtures("walk")
def test_each_kind_of_holder_is_named(suite, engine):
    groups = _groups()
    suite.run(_suite(groups), "--memwatch-clear=growth", "--memwatch-pace=each").assert_outcomes(passed=len(groups))
    missing = {}
    for name, (_, wanted) in KINDS.items():
        number = next(number for number, names in enumerate(groups) if name in names)
        told = [m["paths"] for m in engine.tests()[f"test_it.py::test_{number}"] if m["kind"] == "holders"]
        paths = [path for each in told for path in each]
        if not any(wanted.format(m="test_it") in path for path in paths):
            missing[name] = paths
    assert missing == {}
