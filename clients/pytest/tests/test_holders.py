"""Who still holds what a test left: the rules of paths, and when it is searched."""

import re
import textwrap

import pytest

from conftest import DEVICE_FIXTURES

#: A file for each rule about paths, by its name: its text, and the paths of each buffer of its test.
RULES = {
    "a_buffer_that_several_things_hold_has_a_path_for_each": (
        """
        A, B = [], {}
        def test_0(device):
            A.append(zeros(device))
            B["x"] = A[0]
        """,
        [["{m}.A[0]", "{m}.B['x']"]],
    ),
    # It is not asked what it refers to; what it keeps is met by itself.
    "an_object_of_an_extension_is_told_by_its_kind": (
        """
        from xml.etree.ElementTree import Element
        ELEMENTS = [Element("a")]
        def test_0(device):
            ELEMENTS[0].text = [zeros(device)]
        """,
        [["{m}.ELEMENTS[0] (in a Element)[0]"]],
    ),
    # What one was reached by is no end for the other.
    "each_tensor_has_its_path_where_one_is_deeper_than_the_other": (
        """
        class Layer:
            def __init__(self, device):
                self.weight = zeros(device)
        class Model:
            pass
        MODEL = Model()
        def test_0(device):
            MODEL.layers = [[Layer(device)]]
            MODEL.scale = zeros(device)
        """,
        [["{m}.MODEL.layers[0][0].weight"], ["{m}.MODEL.scale"]],
    ),
    "a_cycle_has_an_end": (
        """
        NODES = []
        class Node:
            pass
        def test_0(device):
            a, b = Node(), Node()
            a.next, b.next, b.weight = b, a, zeros(device)
            NODES.append(a)
        """,
        [["{m}.NODES[0].next.weight"]],
    ),
}


@pytest.mark.usefixtures("walk")
def test_paths_follow_their_rules(suite, engine):
    suite.write(**{f"test_{rule}": text for rule, (text, _) in RULES.items()})
    suite.again().assert_outcomes(passed=len(RULES))
    told = {rule: sorted(_paths(engine, f"test_{rule}.py::test_0")) for rule in RULES}
    assert told == {
        rule: [[path.format(m=f"test_{rule}") for path in paths] for paths in wanted]
        for rule, (_, wanted) in RULES.items()
    }


def _paths(engine, test):
    """The paths of each buffer that the test left."""
    return [sorted(m["paths"]) for m in engine.tests()[test] if m["kind"] == "holders"]


@pytest.mark.usefixtures("walk")
def test_a_way_ends_where_too_many_objects_are_on_it_and_says_so(suite, engine):
    text = """
        class Box:
            pass
        def test_0(device):
            box = Box()
            box.weight = zeros(device)
            global MANY
            MANY = [[box] for _ in range({count})]
        """
    suite.write(test_as_many=text.format(count=20_000), test_one_more=text.format(count=20_001))
    suite.again("--memwatch-holders=full").assert_outcomes(passed=2)
    (as_many,) = _paths(engine, "test_as_many.py::test_0")
    assert {re.sub(r"\d+", "N", path) for path in as_many} == {"test_as_many.MANY[N][N].weight"}
    (one_more,) = _paths(engine, "test_one_more.py::test_0")
    assert one_more == ["... (more than 20,000 objects on the way) list[0].weight"]


@pytest.mark.one_version
def test_a_fault_of_the_search_costs_the_holders_only(suite, engine):
    fault = "from tt_memwatch.holders import climb_to_names\ndel climb_to_names.Climb.lasting\n"
    suite.conftest(fault + DEVICE_FIXTURES)
    suite.run("""
        A = []
        def test_0(device):
            A.append(zeros(device))
        def test_1(device):
            pass
    """).assert_outcomes(passed=2)
    ((path,),) = _paths(engine, "test_it.py::test_0")
    assert path == "... (the search for holders failed: AttributeError: 'Climb' object has no attribute 'lasting')"
    assert engine.reasons("test_it.py::test_0") == engine.reasons("test_it.py::test_1") == []


@pytest.mark.usefixtures("walk")
def test_what_a_test_class_keeps_is_told_by_its_item(suite, engine):
    suite.run("""
        class TestDecode:
            def test_0(self, device):
                self.cache = zeros(device)
    """)
    (holders,) = [m for m in engine.messages() if m["kind"] == "holders"]
    (path,) = holders["paths"]
    # pytest 7.0 keeps the bound method, newer ones the instance.
    ways = ("_instance", "_obj.__self__")
    assert path in [f"pytest item 'test_it.py::TestDecode::test_0'.{way}.cache" for way in ways]


@pytest.mark.parametrize(
    ("argument", "is_told"), [("--memwatch-holders=off", False), ("--memwatch-holders=full", True), ("-q", True)]
)
@pytest.mark.one_version
def test_it_can_be_left_out(suite, engine, argument, is_told):
    suite.run("KEPT = []\ndef test_0(device):\n    KEPT.append(zeros(device))\n", argument)
    assert any(m["kind"] == "holders" for m in engine.messages()) is is_told


@pytest.mark.one_version
def test_a_mode_that_is_none_is_named(suite, engine):
    result = suite.run("def test_0(): pass", "-o", "memwatch_holders=maybe")
    result.stderr.fnmatch_lines(["*memwatch_holders is 'maybe'; wanted one of off, on, full*"])


@pytest.mark.one_version
def test_a_test_that_leaves_nothing_pays_no_search(suite, engine):
    suite.conftest(
        textwrap.dedent("""
            import pytest, ttnn
            from conftest_devices import device, zeros
            import tt_memwatch.left_memory as left

            def find_holders(*arguments):
                raise AssertionError("searched")

            left.find_holders = find_holders
        """)
    )
    suite.pytester.makepyfile(conftest_devices=DEVICE_FIXTURES)
    result = suite.run("def test_0(device):\n    zeros(device)\n")
    result.assert_outcomes(passed=1)
    assert "searched" not in result.stdout.str() + result.stderr.str()


@pytest.mark.usefixtures("walk")
def test_lifetimes_are_the_same_with_the_search_and_without(suite, engine):
    """What is live after each look, in a suite with frames, generators and failures that keep tensors."""
    body = """
        KEPT, GENERATORS = [], []
        def generate(device):
            held = zeros(device)
            yield 1
        def test_keeps(shared_device):
            KEPT.append(zeros(shared_device))
        def test_generator(shared_device):
            GENERATORS.append(generate(shared_device))
            next(GENERATORS[0])
        def test_fails(shared_device):
            local = zeros(shared_device)
            assert local is None
        def test_lets_go(shared_device):
            KEPT.clear()
            GENERATORS.clear()
        def test_is_clean(shared_device):
            zeros(shared_device)
    """
    looks = []
    for mode in ("off", "full"):
        engine.connections.clear()
        suite.run(body, f"--memwatch-holders={mode}")
        measured = [m for m in engine.messages() if m["kind"] == "measurement"]
        looks.append([(m["moment"], [row[3] for row in m["usage"]]) for m in measured])
    assert looks[0] == looks[1]
