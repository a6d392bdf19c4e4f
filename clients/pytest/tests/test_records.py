"""Looks that add up what was recorded: they tell what the allocator would."""

import pytest

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
        from tt_memwatch.this_process import this_process
        KEPT = []
        allocator._ASK_EVERY_S = float("inf")
        def test_unseen(shared_device):
            tracer._library.enable(0)
            KEPT.append(zeros(shared_device))
            tracer._library.enable(1)
        def test_asks(shared_device):
            for each in this_process().allocators.values():
                each._ask_at = 0.0
            KEPT.append(zeros(shared_device))
        def test_later(shared_device):
            pass
        """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=3)
    assert {m["kind"] for m in traced.tests()["test_it.py::test_unseen"] if m.get("moment") == "after"} == {"unchanged"}
    assert {m["kind"] for m in traced.tests()["test_it.py::test_later"] if "moment" in m} == {"measurement"}


def test_a_session_within_another_asks_the_allocator(suite, traced):
    """Records say what changed since they were asked last, and the outer session asked: here nothing, in all."""
    suite.pytester.makepyfile(
        nested="""
        import builtins
        def test_nothing():
            pass
        def test_frees():
            builtins.KEPT.clear()
        """
    )
    outcome = suite.run(
        """
        import builtins
        builtins.KEPT = []
        def test_outer(shared_device):
            builtins.KEPT.append(zeros(shared_device))
            plugins = ["-p", "tt_memwatch.plugin", "-p", "no:cacheprovider"]
            assert pytest.main([*plugins, "--memwatch-origin=off", "nested.py"]) == 0
        """,
        "--memwatch-clear=growth",
    )
    outcome.assert_outcomes(passed=1)
    looks = [m for m in traced.tests()["nested.py::test_frees"] if "moment" in m]
    assert [(m["kind"], m["moment"]) for m in looks] == [("measurement", "before"), ("measurement", "after")]
