"""A device that was opened is measured until it is closed, and none is kept open by us."""

from conftest import ZEROS_BYTES

LEFT = {"DRAM": ZEROS_BYTES}


def test_a_collector_opens_a_device_for_items_that_are_no_functions(suite, engine):
    suite.conftest("""
        import pytest, ttnn
        STATE = {"kept": []}
        def pytest_collect_file(parent, file_path):
            if file_path.suffix == ".ops":
                return OpsFile.from_parent(parent, path=file_path)
        class OpsFile(pytest.File):
            def setup(self):
                STATE["device"] = ttnn.open_device(device_id=0)
            def teardown(self):
                STATE["kept"].clear()
                ttnn.close_device(STATE.pop("device"))
            def collect(self):
                yield from (Op.from_parent(self, name=name) for name in ("clean", "keeps", "after"))
        class Op(pytest.Item):
            def runtest(self):
                x = ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=STATE["device"])
                if self.name == "keeps":
                    STATE["kept"].append(x)
    """)
    (suite.pytester.path / "model.ops").write_text("")
    suite.again("model.ops").assert_outcomes(passed=3)
    assert {name: engine.left(name) for name in engine.tests()} == {
        "model.ops::clean": {},
        "model.ops::keeps": LEFT,
        "model.ops::after": {},
    }


def test_a_device_that_goes_on_keeps_its_history_when_it_is_handed_from_test_to_test(suite, engine):
    suite.conftest("""
        import pytest, ttnn
        STATE = {"wanted": None, "device": None}
        @pytest.fixture
        def device(request):
            wanted = getattr(request, "param", {})
            if wanted != STATE["wanted"]:
                if STATE["device"] is not None:
                    ttnn.close_device(STATE["device"])
                STATE.update(device=ttnn.open_device(device_id=0, **wanted), wanted=wanted)
            return STATE["device"]
        def zeros(device, *shape):
            return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    """)
    suite.run(
        """
        KEPT = []
        def test_first_keeps(device):
            KEPT.append(zeros(device))
        def test_second(device):
            zeros(device)
        @pytest.mark.parametrize("device", [{"l1_small_size": 8192}], indirect=True)
        def test_other_keeps(device):
            KEPT.append(zeros(device))
    """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=3)
    assert [engine.left(name) for name in engine.tests()] == [LEFT, {}, LEFT]
    opened = {m["device"]["key"] for m in engine.messages() if m.get("moment") == "open"}
    ended = [m["device"] for m in engine.messages() if m["kind"] == "device-end"]
    assert len(opened) == 2 and len(ended) == 1


def test_several_devices_at_once_are_measured_each_by_itself(suite, engine, two_chips):
    suite.run("""
        KEPT = []
        def test_keeps_on_one():
            devices = ttnn.CreateDevices([0, 1])
            KEPT.append(zeros(devices[1]))
            local = zeros(devices[0])
            ttnn.CloseDevices(devices)
    """).assert_outcomes(passed=1)
    kept = [(m["device"], m["by"]) for m in engine.messages() if m["kind"] == "kept"]
    looks = {m["device"]["chips"][0]: m for m in engine.messages() if m.get("moment") == "after"}
    assert {chip: look["usage"][0][3] for chip, look in looks.items()} == {0: 2048, 1: 2048}
    assert kept == [(looks[0]["device"]["key"], "test")]


def test_a_probe_for_ttnn_before_its_import_changes_nothing(suite, engine):
    suite.conftest(f"""
        import importlib.util
        assert importlib.util.find_spec("ttnn") is not None
        assert importlib.util.find_spec("ttnn") is not None
        {_DEVICE}
    """)
    suite.run("KEPT = []\ndef test_keeps(device):\n    KEPT.append(zeros(device))").assert_outcomes(passed=1)
    assert engine.left("test_it.py::test_keeps") == LEFT


_DEVICE = """
        import pytest, ttnn
        @pytest.fixture
        def device():
            dev = ttnn.open_device(device_id=0)
            yield dev
            ttnn.close_device(dev)
        def zeros(device, *shape):
            return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
"""


def test_a_device_that_a_conftest_file_opens_when_it_is_imported_is_known(suite, engine):
    suite.conftest("""
        import ttnn
        DEVICE = ttnn.open_device(device_id=0)
        def pytest_unconfigure():
            ttnn.close_device(DEVICE)
        def zeros(device, *shape):
            return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    """)
    suite.run(
        "from conftest import DEVICE\nKEPT = []\ndef test_keeps():\n    KEPT.append(zeros(DEVICE))"
    ).assert_outcomes(passed=1)
    assert engine.left("test_it.py::test_keeps") == LEFT


def test_a_device_that_is_let_go_of_ends_there_and_then(suite, engine):
    suite.run("""
        import gc
        def test_drops():
            device = ttnn.open_device(device_id=0)
            zeros(device)
            del device
            gc.collect()
            again = ttnn.open_device(device_id=0)
            ttnn.close_device(again)
        def test_next():
            device = ttnn.open_device(device_id=0)
            zeros(device)
            ttnn.close_device(device)
    """).assert_outcomes(passed=2)
    assert {name: engine.left(name) for name in engine.tests()} == {
        "test_it.py::test_drops": {},
        "test_it.py::test_next": {},
    }
    assert len([m for m in engine.messages() if m["kind"] == "device-end"]) == 3


def test_a_device_that_the_test_closes_in_place_of_its_fixture_is_measured_before_that(suite, engine):
    suite.run("""
        KEPT = []
        def test_closes(device):
            KEPT.append(zeros(device))
            ttnn.close_device(device)
        def test_next(device):
            zeros(device)
    """).assert_outcomes(passed=2, errors=0)
    assert engine.left("test_it.py::test_closes") == LEFT
    assert engine.left("test_it.py::test_next") == {}


def test_without_the_native_part_devices_of_fixtures_and_globals_are_measured_and_others_are_said_not_to_be(
    suite, engine, monkeypatch
):
    monkeypatch.setenv("TT_MEMWATCH_TRACER_LIBRARY", str(suite.pytester.path / "none.so"))
    suite.run("""
        KEPT, HIDDEN = [], []
        def test_keeps(device):
            KEPT.append(zeros(device))
        def test_hides():
            HIDDEN.append([[[ttnn.open_device(device_id=0)]]])
        def test_closes():
            ttnn.close_device(HIDDEN.pop()[0][0][0])
    """).assert_outcomes(passed=3)
    assert engine.left("test_it.py::test_keeps") == LEFT
    [reason] = engine.reasons("test_it.py::test_hides")
    assert "native part of tt-memwatch is missing" in reason
