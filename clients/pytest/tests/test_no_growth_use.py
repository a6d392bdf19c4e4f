"""How blocks and functions are marked, and what is said of a wrong use, on real ttnn."""

from no_growth_script import printed


def test_a_wrong_use_says_what_is_right(suite):
    said = printed(
        suite,
        """
def nothing():
    pass

def generate():
    yield

def wrapped(function):
    return functools.wraps(function)(lambda *arguments: function(*arguments))

@tt_memwatch.no_growth(device)
@wrapped
def generate_behind():
    yield

@tt_memwatch.no_growth(device)
@wrapped
async def generate_async_behind():
    yield

@tt_memwatch.no_growth(device)
@contextlib.contextmanager
def manage():
    yield

@functools.cached_property
def cached(self):
    pass

for wrong in [
    lambda: tt_memwatch.no_growth(device, limit="much"),
    lambda: tt_memwatch.no_growth(device, clear="always"),
    lambda: tt_memwatch.no_growth("device 0"),
    lambda: tt_memwatch.no_growth(nothing),
    lambda: tt_memwatch.no_growth().__enter__(),
    tt_memwatch.no_growth()(nothing),
    lambda: tt_memwatch.no_growth(device)(type("Test", (), {})),
    lambda: tt_memwatch.no_growth(device)(cached),
    lambda: tt_memwatch.no_growth(device)(staticmethod(property(nothing))),
    lambda: tt_memwatch.no_growth(device)(generate),
    generate_behind,
    generate_async_behind,
    manage,
]:
    error = error_of(wrong)
    print(">", re.sub("<(.*) object at .*>", r"<\\1>", f"{type(error).__name__} {error}"), sep="")
""",
    )
    refused = "TypeError tt_memwatch.no_growth decorates functions and coroutines;"
    within = "runs after its call is over, because it is a generator; watch a block within it, as in"
    wanted = "wanted an open ttnn device or a list of them (as a decorator it needs parentheses: @no_growth())"
    assert said == [
        "ValueError tt_memwatch.no_growth: 'much' is not a size; wanted e.g. '4096', '64 KB' or '1.5 MB' "
        "(1 KB = 1024 bytes)",
        "ValueError tt_memwatch.no_growth: clear is 'always'; wanted one of growth, never",
        f"TypeError tt_memwatch.no_growth got 'str'; {wanted}",
        f"TypeError tt_memwatch.no_growth got 'function'; {wanted}",
        "TypeError tt_memwatch.no_growth: the block has no device: give one, as in no_growth(device)",
        "TypeError tt_memwatch.no_growth: nothing() has no device: give one, as in no_growth(device)",
        f"{refused} Test is neither",
        f"{refused} <functools.cached_property> is neither",
        f"{refused} <property> is neither",
        *(
            f"TypeError tt_memwatch.no_growth: the body of {name}() {within} `with no_growth(device):`"
            for name in ("generate", "generate_behind", "generate_async_behind", "manage")
        ),
    ]


def test_a_decorator_finds_the_device_of_each_call(suite):
    said = printed(
        suite,
        """
class Model:
    def __init__(self, device):
        self.devices = [device]

    @tt_memwatch.no_growth()
    def forward(self):
        KEPT.append(zeros(self.devices[0]))

@tt_memwatch.no_growth()
def load(count, *, where):
    "Loads it."
    KEPT.append(zeros(where))

@tt_memwatch.no_growth(device)
def warm_up():
    KEPT.append(zeros(device))

@tt_memwatch.no_growth()
async def serve(device):
    await asyncio.sleep(0)
    KEPT.append(zeros(device))

@tt_memwatch.no_growth()
def recurse(device, depth):
    return recurse(device, depth - 1) if depth else "bottom"

def behind(function):
    return functools.wraps(function)(lambda *arguments: function(*arguments))

@tt_memwatch.no_growth()
@behind
async def serve_behind(device, keeps):
    await asyncio.sleep(0)
    KEPT.append(zeros(device) if keeps else "nothing")
    return "served"

WOKEN = []

class Waking(type):
    def __getattribute__(kind, name):
        WOKEN.append(name)
        return super().__getattribute__(name)

class Methods(metaclass=Waking):
    device = device

    @tt_memwatch.no_growth()
    @classmethod
    def above(cls):
        KEPT.append(zeros(cls.device))

    @classmethod
    @tt_memwatch.no_growth()
    def below(cls):
        KEPT.append(zeros(cls.device))

    @tt_memwatch.no_growth()
    @staticmethod
    def static(device):
        KEPT.append(zeros(device))

    @tt_memwatch.no_growth()
    def looked_into(self):
        return "nothing"

methods = Methods()
for call in [
    lambda: Model(device).forward(), lambda: load(1, where=device), warm_up, lambda: asyncio.run(serve(device)),
    lambda: asyncio.run(serve_behind(device, True)), lambda: methods.static(device), Methods.above, methods.below,
]:
    print(">", str(error_of(call)).partition(" left ")[0], sep="")
print(">", load.__name__, load.__doc__, recurse(device, 3), asyncio.iscoroutinefunction(serve))
print(">", asyncio.run(serve_behind(device, False)))
del WOKEN[:]
print(">", methods.looked_into(), WOKEN)
""",
    )
    assert said == [
        *("Model.forward()", "load()", "warm_up()", "serve()", "serve_behind()"),
        *("Methods.static()", "Methods.above()", "Methods.below()"),
        " load Loads it. bottom True",
        " served",
        " nothing []",
    ]
