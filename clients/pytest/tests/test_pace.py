"""Looks that add up records, and collections and searches that serve several tests: they tell what each alone would."""

import pytest

from conftest import DEVICE_FIXTURES, ZEROS_BYTES

#: A suite in which memory comes, goes, moves and stays, in tests that allocate a lot and tests that do nothing.
SUITE = """
    import random
    KEPT = []
    @pytest.mark.parametrize("seed", range(30))
    def test_random(shared_device, seed):
        choose = random.Random(seed)
        for _ in range(choose.randrange(40)):
            KEPT.append(zeros(shared_device, 1, 1, 32, 32 * choose.randrange(1, 9)))
            if choose.random() < 0.6:
                KEPT.pop(choose.randrange(len(KEPT)))
    def test_nothing(shared_device):
        pass
    def test_clears(shared_device):
        KEPT.clear()
    class Cycle:
        pass
    @pytest.mark.parametrize("n", range(3))
    def test_cycle(shared_device, n):
        cycle = Cycle()
        cycle.me, cycle.tensor = cycle, zeros(shared_device)
"""

#: Searches wait for each other from the first on.
NO_TIME = (
    "from tt_memwatch import pace\npace.GRACE_S = pace.NEAR_GRACE_S = -1.0\npace.SHARE = 0.0\npace.NEAR_FREE = 0\n"
    "pace.WAITING_PART = float('inf')\npace.AT_ONCE_MAX = 0\n"
    + DEVICE_FIXTURES
    + """
import builtins, gc

class Cycle:
    pass

def become_old_garbage(tensor):
    cycle = Cycle()
    cycle.me, cycle.tensor = cycle, tensor
    gc.collect(1)  # what lives through this is not young any more

builtins.become_old_garbage, builtins.Cycle = become_old_garbage, Cycle
"""
)


@pytest.fixture
def traced(engine, monkeypatch, tmp_path):
    """An engine that asks for allocations to be recorded."""
    monkeypatch.setenv("TT_MEMWATCH_TRACER_DIR", str(tmp_path))
    return engine


def test_records_add_up_to_what_the_allocator_says(suite, traced):
    """Both runs measure the same: what each test left, whoever was asked."""
    suite.run(SUITE, "--memwatch-clear=growth").assert_outcomes(passed=35)
    names = list(traced.tests())
    by_records = [traced.left(name) for name in names]
    looks = [m for m in traced.messages() if m["kind"] in ("unchanged", "measurement")]
    assert any(m["kind"] == "unchanged" for m in looks)
    assert any(m["kind"] == "measurement" and None in [usage[4] for usage in m["usage"]] for m in looks)
    traced.connections.clear()
    suite.run(SUITE, "--memwatch-clear=growth", "--memwatch-pace=each").assert_outcomes(passed=35)
    assert [traced.left(name) for name in names] == by_records
    assert not [m for m in traced.messages() if m["kind"] == "unchanged"]


def test_where_records_miss_something_the_allocator_is_asked_from_then_on(suite, traced):
    suite.run(
        """
        import tt_memwatch_tracer.tracer as tracer
        from tt_memwatch.devices import allocator
        KEPT = []
        def test_unseen(shared_device):
            tracer._library.enable(0)
            KEPT.append(zeros(shared_device))
            tracer._library.enable(1)
        def test_asks(shared_device):
            allocator._ASK_EVERY_S, allocator._ASK_SHARE = 0.0, float("inf")
        def test_asks_no_more(shared_device):
            allocator._ASK_EVERY_S = float("inf")
        def test_later(shared_device):
            pass
        """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=4)
    assert {m["kind"] for m in traced.tests()["test_it.py::test_unseen"] if m.get("moment") == "after"} == {"unchanged"}
    assert {m["kind"] for m in traced.tests()["test_it.py::test_later"] if "moment" in m} == {"measurement"}


@pytest.mark.one_version
def test_what_waits_is_searched_before_the_device_is_closed(suite, engine):
    suite.conftest(NO_TIME)
    suite.run(
        """
        KEPT = []
        @pytest.mark.parametrize("n", range(3))
        def test_keeps(shared_device, n):
            KEPT.append(zeros(shared_device))
        def test_frees_one(shared_device):
            del KEPT[0]
        """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=4)
    messages = engine.messages()
    kinds = [m["kind"] for m in messages]
    waiting = [m["blocks"] for m in messages if m["kind"] == "waiting"]
    held = [(m["paths"], [m["memoryType"], m["address"]]) for m in messages if m["kind"] == "holders"]
    assert [len(blocks) for blocks in waiting] == [1, 1, 1]
    assert sorted(path for paths, _ in held for path in paths) == ["test_it.KEPT[0]", "test_it.KEPT[1]"]
    assert sorted(block for _, block in held) == sorted([*waiting[1], *waiting[2]])
    assert kinds.index("holders") > len(kinds) - kinds[::-1].index("waiting") - 1
    assert kinds.index("searched") < kinds.index("device-end")


@pytest.mark.one_version
def test_what_a_later_test_frees_is_told_apart_from_garbage_while_it_waits(suite, engine):
    suite.conftest(NO_TIME)
    suite.run(
        """
        KEPT = []
        def test_keeps(shared_device):
            KEPT.append(zeros(shared_device))
        def test_frees(shared_device):
            KEPT.clear()
        """,
        "--memwatch-clear=always",
    ).assert_outcomes(passed=2)
    said = engine.tests()["test_it.py::test_frees"]
    freed = next(n for n, message in enumerate(said) if message["kind"] == "blocks" and message["removed"])
    assert next(message["moment"] for message in said[freed:] if message["kind"] == "measurement") == "after"


@pytest.mark.one_version
def test_the_more_was_searched_the_more_tests_share_a_search(suite, engine):
    suite.conftest(NO_TIME + "pace.WAITING_PART = 0.5\n")
    suite.run(
        """
        KEPT = []
        @pytest.mark.parametrize("n", range(12))
        def test_keeps(shared_device, n):
            KEPT.append(zeros(shared_device))
        """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=12)
    searches = [[m["kind"] for m in said].count("searched") for said in engine.tests().values()]
    assert searches == [1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1]


@pytest.mark.one_version
def test_what_waits_is_searched_before_a_wider_fixture_ends_that_may_hold_it(suite, engine):
    suite.conftest(NO_TIME)
    suite.run(
        """
        @pytest.fixture(scope="class")
        def cache():
            kept = []
            yield kept
            kept.clear()
        class TestModel:
            def test_keeps(self, shared_device, cache):
                cache.append(zeros(shared_device))
            def test_last(self, shared_device, cache):
                pass
        def test_other(shared_device):
            pass
        """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=3)
    searches = {name: [m["kind"] for m in said].count("searched") for name, said in engine.tests().items()}
    assert list(searches.values()) == [0, 1, 0]
    [paths] = [m["paths"] for m in engine.messages() if m["kind"] == "holders"]
    assert "fixture 'cache' (scope class).cached_result[0][0]" in paths


#: Each test frees what the one before has kept, so that no search comes in time.
FREED_BY_THE_NEXT = """
    import functools
    import helper
    import pytest
    ROLLING = []
    class Meta(type):
        def __eq__(self, other):
            raise AssertionError("nobody compares it")
        __hash__ = type.__hash__
    class Odd(metaclass=Meta):
        pass
    ODD = Odd()
    class Model:
        layers = {}
        def __init__(self):
            self.weights = []
    MODEL = Model()
    def keeper():
        kept = []
        def keep(tensor):
            kept[:] = [tensor]
        return keep
    KEEP = keeper()
    @functools.lru_cache(maxsize=1)
    def cached(n):
        return zeros(Model.device)
    @pytest.fixture(scope="session")
    def cache():
        return {}
    @pytest.mark.parametrize("n", range(2))
    def test_list(shared_device, n):
        ROLLING[:] = [zeros(shared_device)]
    @pytest.mark.parametrize("n", range(2))
    def test_class(shared_device, n):
        Model.layers["first"] = (zeros(shared_device), n)
    @pytest.mark.parametrize("n", range(2))
    def test_object(shared_device, n):
        MODEL.weights[:] = [zeros(shared_device)]
    @pytest.mark.parametrize("n", range(2))
    def test_closure(shared_device, n):
        KEEP(zeros(shared_device))
    @pytest.mark.parametrize("n", range(2))
    def test_helper(shared_device, n):
        helper.store.last = zeros(shared_device)
    @pytest.mark.parametrize("n", range(2))
    def test_fixture(shared_device, cache, n):
        cache["last"] = zeros(shared_device)
    @pytest.mark.parametrize("n", range(2))
    def test_cached(shared_device, n):
        Model.device = shared_device
        cached(n)
    def test_nothing(shared_device, cache):
        ROLLING.clear()
        Model.layers.clear()
        MODEL.weights.clear()
        KEEP(None)
        helper.store.last = None
        cached.cache_clear()
        cache.clear()
"""


def test_near_a_test_its_holders_are_found_before_the_next_one_frees_what_it_kept(suite, engine):
    suite.pytester.makepyfile(helper="class Store:\n    pass\nstore = Store()\n")

    def holders(*options):
        engine.connections.clear()
        suite.run(FREED_BY_THE_NEXT, "--memwatch-clear=growth", *options).assert_outcomes(passed=15)
        said = engine.tests().items()
        return {name: [set(m["paths"]) for m in each if m["kind"] == "holders"] for name, each in said}

    each = holders("--memwatch-pace=each")
    suite.conftest(NO_TIME + "pace.NEAR_FREE, pace.NEAR_FREE_S = 100, 60.0\n")
    near = holders()
    assert sum(map(len, near.values())) == 14
    assert near == each


@pytest.mark.one_version
def test_what_is_not_found_near_a_test_is_searched_at_once(suite, engine):
    suite.conftest(NO_TIME + "pace.NEAR_FREE, pace.NEAR_FREE_S, pace.AT_ONCE_MAX = 100, 60.0, 2\n")
    suite.run(
        """
        import string
        KEPT, string.kept = [], []
        @pytest.mark.parametrize("n", range(4))
        def test_far(shared_device, n):
            string.kept.append(zeros(shared_device))
        def test_near(shared_device):
            KEPT.append(zeros(shared_device))
        def test_nothing(shared_device):
            string.kept.clear()
            KEPT.clear()
        """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=6)
    said = engine.tests().values()
    assert [[m["kind"] for m in each].count("searched") for each in said] == [1, 1, 0, 0, 0, 0]
    held = [[m["paths"] for m in each if m["kind"] == "holders"] for each in said]
    assert held == [[["string.kept[0]"]], [["string.kept[1]"]], [], [], [["test_it.KEPT[0]"]], []]


@pytest.mark.one_version
def test_garbage_that_waits_is_collected_for_all_of_its_tests(suite, engine):
    suite.conftest(NO_TIME)
    suite.run(
        """
        @pytest.mark.parametrize("n", range(3))
        def test_old_garbage(shared_device, n):
            become_old_garbage(zeros(shared_device))
        """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=3)
    messages = engine.messages()
    assert [len(m["blocks"]) for m in messages if m["kind"] == "waiting"] == [1, 1, 1]
    assert not [m for m in messages if m["kind"] == "holders"]
    removed = [len(m["removed"]) for m in messages if m["kind"] == "blocks" and m["removed"]]
    assert removed[-1] == 3


@pytest.mark.one_version
def test_what_waits_is_searched_once_a_sixteenth_of_the_memory_does(suite, engine):
    suite.conftest(NO_TIME)
    suite.run(
        """
        def large(device):
            how = {"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT, "memory_config": ttnn.L1_MEMORY_CONFIG}
            return ttnn.zeros((1, 1, 4096, 2048), device=device, **how)
        def test_small(shared_device):
            become_old_garbage(zeros(shared_device))
        def test_large(shared_device):
            become_old_garbage(large(shared_device))
        def test_next(shared_device):
            pass
        """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=3)
    collected = {n: sum(len(m["removed"]) for m in said if m["kind"] == "blocks") for n, said in engine.tests().items()}
    assert collected == {"test_it.py::test_small": 0, "test_it.py::test_large": 2, "test_it.py::test_next": 0}
    assert not [m for m in engine.messages() if m["kind"] == "holders"]


def test_a_wider_fixtures_garbage_is_gone_at_the_first_look_after_its_end_also_where_something_waits(suite, engine):
    suite.conftest(NO_TIME)
    suite.run(
        """
        KEPT = []
        @pytest.fixture(scope="module")
        def model(shared_device):
            cycle = Cycle()
            cycle.me, cycle.tensor = cycle, zeros(shared_device)
            return cycle
        def test_keeps(shared_device, model):
            KEPT.append(zeros(shared_device))
        def test_last(shared_device):
            pass
        """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=2)
    messages = engine.messages()
    closing = next(n for n, m in enumerate(messages) if m.get("moment") == "close")
    assert [len(m["removed"]) for m in messages[:closing] if m["kind"] == "blocks"][-1] == 1
    assert [m["paths"] for m in messages if m["kind"] == "holders"] == [["test_it.KEPT[0]"]]


@pytest.mark.one_version
def test_what_decides_over_a_test_is_known_when_it_ends(suite, engine):
    suite.conftest(NO_TIME)
    suite.run(
        """
        KEPT = []
        def test_old_garbage(shared_device):
            become_old_garbage(zeros(shared_device))
        def test_keeps(shared_device):
            KEPT.append(zeros(shared_device))
        """,
        "--memwatch-clear=growth",
        "--memwatch-fail",
    ).assert_outcomes(passed=2, errors=1)
    assert engine.left("test_it.py::test_keeps") == {"DRAM": ZEROS_BYTES}


@pytest.mark.one_version
def test_a_pace_that_there_is_not_is_refused(suite):
    result = suite.run("def test_0(): pass", "-o", "memwatch_pace=fast")
    result.stderr.fnmatch_lines(["*memwatch_pace is 'fast'; wanted one of auto, each*"])


def test_what_garbage_reaches_by_a_name_is_garbage(suite, engine):
    """A search comes before the collection, and finds a name where garbage has one, or where an entry goes with it."""
    suite.run(
        """
        import gc, weakref
        class Key:
            pass
        BY_KEY, KEPT = weakref.WeakKeyDictionary(), []
        def grow_old():
            gc.collect(1)
        def test_keeps(shared_device):
            KEPT.append(zeros(shared_device))
        def test_class_of_a_function(shared_device):
            class Local:
                held = zeros(shared_device)
            grow_old()
        def test_keeps_again(shared_device):
            KEPT.append(zeros(shared_device))
        def test_entry_that_goes_with_its_key(shared_device):
            key = Key()
            key.itself = key
            BY_KEY[key] = zeros(shared_device)
            grow_old()
        def test_nothing(shared_device):
            pass
        """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=5)
    assert {name.split("::")[1]: engine.left(name) for name in engine.tests()} == {
        "test_keeps": {"DRAM": ZEROS_BYTES},
        "test_class_of_a_function": {},
        "test_keeps_again": {"DRAM": ZEROS_BYTES},
        "test_entry_that_goes_with_its_key": {},
        "test_nothing": {},
    }
    looks = {name.split("::")[1]: [m.get("moment") for m in said] for name, said in engine.tests().items()}
    assert looks["test_keeps"].count("after-collect") == 1, "of young garbage alone"
    assert looks["test_class_of_a_function"].count("after-collect") > 1
