"""Holders that are looked for near a test: they are those that a search of everything finds."""

import pytest

from conftest import NO_TIME

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
