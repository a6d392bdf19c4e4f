"""What a suite can see of itself is the same with and without the plugin."""

import os
import re
import sys

import pytest

from conftest import BOOTSTRAP, SOURCE

SEES_ITS_ARGUMENTS = """
def test_it(request, shared_device):
    print("arguments", sorted(request.fixturenames), sorted(request.node.funcargs))
"""

#: Each plugin that wraps a hook is a frame more in what a test raises, and `--tb=native` shows it.
RAISES = """
def depth(error):
    count, tb = 0, error.__traceback__
    while tb is not None:
        count, tb = count + 1, tb.tb_next
    return count

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    yield
    if call.excinfo is not None:
        print("depth", call.when, depth(call.excinfo.value))
"""


def test_a_test_has_the_arguments_it_asks_for(suite, engine):
    result = suite.run(SEES_ITS_ARGUMENTS, "-s")
    assert "arguments ['request', 'shared_device'] ['request', 'shared_device']" in result.stdout.str()


def test_the_cleanup_fixture_can_be_asked_for(suite, engine):
    suite.run("def test_it(clear_program_cache_after_test):\n    pass\n").assert_outcomes(passed=1)


def test_what_a_test_raises_has_as_many_frames(suite, engine):
    phases = ("setup", "call", "teardown")
    hooks = [
        f"def pytest_runtest_{phase}(item):\n    if item.name == 'test_{phase}':\n        raise ValueError\n"
        for phase in phases
    ]
    suite.conftest("import pytest\nzeros = None\n" + RAISES + "".join(hooks))
    watched = suite.run("".join(f"def test_{phase}():\n    pass\n" for phase in phases), "-s")
    alone = suite.again("-s", "-p", "no:tt_memwatch.plugin", "-p", "no:tt_memwatch.hooks")
    depths = _depths(alone)
    assert {depth.split()[1] for depth in depths} == set(phases)
    assert _depths(watched) == depths


@pytest.mark.parametrize("arguments", [[], ["-q"], ["-v"]])
def test_no_header_is_printed_where_an_engine_reports(suite, engine, arguments):
    said = suite.run("def test_it():\n    pass\n", *arguments).stdout.str()
    # `-v` names the interpreter, and a clone may be called as the program is.
    assert "memwatch" not in said.replace(sys.executable, "")


def test_what_brings_the_plugin_is_no_installed_plugin(suite, engine, monkeypatch):
    folders = [str(BOOTSTRAP), os.environ["PYTHONPATH"]]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))
    monkeypatch.setenv("TT_MEMWATCH_PLUGIN_PATH", str(SOURCE))
    suite.pytester.makepyfile(test_it="def test_it():\n    pass\n")
    result = suite.pytester.runpytest_subprocess()
    assert "memwatch" not in result.stdout.str()
    assert engine.messages()[0]["kind"] == "hello"


def _depths(result):
    return re.findall(r"depth \w+ \d+", result.stdout.str())
