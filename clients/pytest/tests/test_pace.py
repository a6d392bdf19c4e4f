"""Collections and searches that serve several tests: they tell what each alone would."""

import pytest

from conftest import DEVICE_FIXTURES, NO_TIME, ZEROS_BYTES


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
    suite.conftest("from tt_memwatch import pace\npace.GRACE_S = 60.0\n" + DEVICE_FIXTURES)
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


#: Kept out of what is looked through near a test.
INTERRUPTED = """
        KEPT = {}
        class Box:
            pass
        def test_keeps(shared_device):
            box = Box()
            box.value = zeros(shared_device)
            KEPT[1] = [box]
        def test_leaves_garbage(shared_device):
            become_old_garbage(zeros(shared_device))
        def test_ends(shared_device):
            HOW
        """


@pytest.mark.one_version
@pytest.mark.parametrize("how", ["raise KeyboardInterrupt", "pytest.exit('enough')", "assert 0"])
def test_what_waits_is_searched_where_pytest_is_interrupted(suite, engine, how):
    suite.conftest(NO_TIME + "from tt_memwatch import left_memory\nleft_memory.INTERRUPTED_S = 60.0\n")
    suite.run(INTERRUPTED.replace("HOW", how), "--memwatch-clear=growth", "-x")
    messages = engine.messages()
    assert [m["paths"] for m in messages if m["kind"] == "holders"] == [["test_it.KEPT[1][0].value"]]
    # The garbage was freed for good, and nothing waits any longer.
    moments = [m["moment"] for m in messages if m["kind"] == "measurement"]
    assert "after-collect" in moments
    assert len([m for m in messages if m["kind"] == "searched"]) == 1


@pytest.mark.one_version
@pytest.mark.parametrize("budget_s", ["-1.0", "1e-4"])
def test_an_interrupted_session_waits_for_its_search_no_longer_than_it_may_take(suite, engine, budget_s):
    suite.conftest(NO_TIME + f"from tt_memwatch import left_memory\nleft_memory.INTERRUPTED_S = {budget_s}\n")
    suite.run(INTERRUPTED.replace("HOW", "raise KeyboardInterrupt"), "--memwatch-clear=growth")
    messages = engine.messages()
    assert len([m for m in messages if m["kind"] == "waiting"]) == 2
    # The finding says of what waits that it was not searched.
    assert [m for m in messages if m["kind"] == "searched"] == []
