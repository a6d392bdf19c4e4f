"""A test's id and code, whatever its parameters look like and whatever is appended to its id."""

import pytest

STEPS = """
@pytest.mark.xdist_group("board-0")
@pytest.mark.parametrize("step", ["a@x", "b[0]", "c]", ""])
def test_steps(shared_device, step):
    zeros(shared_device)
class TestGroup:
    @pytest.mark.xdist_group("board-1")
    def test_method(self, shared_device):
        zeros(shared_device)
"""


def begun(engine):
    return sorted((m["test"], m["base"]) for m in engine.messages() if m["kind"] == "test-begin")


EXPECTED = sorted(
    [(f"test_it.py::test_steps[{step}]", "test_it.py::test_steps") for step in ("a@x", "b[0]", "c]", "")]
    + [("test_it.py::TestGroup::test_method",) * 2]
)


@pytest.mark.parametrize("arguments", [(), ("-n", "2", "--dist", "loadgroup")])
def test_groups_of_xdist_are_no_part_of_a_test_and_parameters_are_no_part_of_its_code(suite, engine, arguments):
    suite.run(STEPS, *arguments).assert_outcomes(passed=5)
    assert begun(engine) == EXPECTED


def test_what_a_plugin_appends_is_no_part_of_a_test(suite, engine):
    suite.conftest("""
        def zeros(): pass
        def pytest_collection_modifyitems(items):
            for item in items:
                longer = item.nodeid + " (run 2)"
                if hasattr(item, "_nodeid"):
                    item._nodeid = longer
                else:
                    item._id = coerce(longer)
                assert item.nodeid == longer
        def coerce(text):
            from _pytest.nodeid import coerce_node_id
            return coerce_node_id(text)
    """)
    suite.run("@pytest.mark.parametrize('n', [1])\ndef test_it(n):\n    pass").assert_outcomes(passed=1)
    assert begun(engine) == [("test_it.py::test_it[1]", "test_it.py::test_it")]


def test_an_item_that_is_no_function_keeps_its_id(suite, engine):
    suite.conftest("""
        import pytest
        def zeros(): pass
        class Step(pytest.Item):
            def runtest(self):
                pass
        class Steps(pytest.File):
            def collect(self):
                yield Step.from_parent(self, name="step[1]")
                yield Step.from_parent(self, name="named", nodeid="an id of its own[2]")
        def pytest_collect_file(parent, file_path):
            return Steps.from_parent(parent, path=file_path) if file_path.suffix == ".steps" else None
    """)
    (suite.pytester.path / "a.steps").write_text("")
    suite.run("").assert_outcomes(passed=2)
    assert begun(engine) == [("a.steps::step[1]",) * 2, ("an id of its own[2]",) * 2]
