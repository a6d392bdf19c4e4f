"""Graph capture of one test: what allocated inside of operations."""

import pytest

RESHAPES = """
    KEPT = []
    def test_reshape(device):
        x = zeros(device, 1, 1, 32, 96)
        KEPT.append(ttnn.add(ttnn.reshape(x, (1, 1, 96, 32)), 1.0))
        zeros(device)
"""


def inside(engine):
    return [(m["memoryType"], m["functions"]) for m in engine.messages() if m["kind"] == "inside"]


def test_live_buffers_are_told_with_the_functions_they_were_allocated_in(suite, engine):
    suite.run(RESHAPES, "--memwatch-explain").assert_outcomes(passed=1)
    told = inside(engine)
    assert ("DRAM", ["ReshapeViewDeviceOperation", "Tensor::to_device"]) in told
    assert ("DRAM", ["BinaryNgDeviceOperation", "tt::tt_metal::create_device_tensor"]) in told
    # What was reshaped in between, `x` and `zeros` are gone with the test's frame.
    assert len(told) == 2


@pytest.mark.one_version
def test_nothing_is_recorded_unless_asked_for(suite, engine):
    suite.run(RESHAPES).assert_outcomes(passed=1)
    assert inside(engine) == []


def test_a_failing_test_is_recorded_too(suite, engine):
    suite.run(RESHAPES + "        assert False\n", "--memwatch-explain").assert_outcomes(failed=1)
    assert len(inside(engine)) == 3


def test_a_test_that_captures_itself_is_not_killed(suite, engine):
    result = suite.run(
        """
        KEPT = []
        @pytest.mark.parametrize("ends", [1, 2])
        def test_captures(device, ends):
            graph = ttnn._ttnn.graph
            graph.begin_graph_capture(graph.RunMode.NORMAL)
            KEPT.append(zeros(device))
            for _ in range(ends):
                graph.end_graph_capture()
        def test_after_it(device):
            KEPT.append(zeros(device))
        """,
        "--memwatch-explain",
    )
    result.assert_outcomes(passed=3)
    assert inside(engine)[-1] == ("DRAM", ["Tensor::to_device"])


@pytest.mark.one_version
def test_a_whole_suite_is_refused(suite, engine):
    result = suite.run(
        "@pytest.mark.parametrize('n', range(21))\ndef test_it(n): pass\n",
        "--memwatch-explain",
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*up to 20 tests: name those you want to look into, these are 21*"])
