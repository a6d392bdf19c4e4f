"""Blocks and functions that may leave no device memory, in tests of unittest and pytest."""

from conftest import ZEROS_BYTES
from no_growth_script import ONE


def test_unittest_reports_it_as_a_failure(suite):
    result = suite.script("""
        import unittest
        import tt_memwatch
        import ttnn

        KEPT = []

        class TestDecode(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.device = ttnn.open_device(device_id=0)

            @classmethod
            def tearDownClass(cls):
                ttnn.close_device(cls.device)

            def zeros(self):
                return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=self.device)

            @tt_memwatch.no_growth()
            def test_lets_go(self):
                self.zeros()

            @tt_memwatch.no_growth(limit="1 MB")
            def test_may_keep(self):
                KEPT.append(self.zeros())

            @tt_memwatch.no_growth()
            def test_keeps(self):
                KEPT.append(self.zeros())

        unittest.main()
    """)
    assert result.ret != 0
    said = result.stderr.str()
    assert "FAILED (failures=1)" in said
    assert f"MemoryGrowth: TestDecode.test_keeps() left {ONE} DRAM on device 0" in said
    assert "held by  __main__.KEPT[" in said


def test_a_test_that_uses_it_is_measured_as_ever(suite, engine):
    """The plugin sees what was left, and a block within the test sees it too."""
    body = """
        import tt_memwatch
        KEPT = []
        def test_leak(shared_device):
            with pytest.raises(tt_memwatch.MemoryGrowth, match=r"held by  test_it\\.KEPT\\[0\\]"):
                with tt_memwatch.no_growth(shared_device):
                    KEPT.append(zeros(shared_device))
        def test_clean(shared_device):
            with tt_memwatch.no_growth(shared_device):
                zeros(shared_device)
    """
    suite.run(body).assert_outcomes(passed=2)
    assert engine.left("test_it.py::test_leak") == {"DRAM": ZEROS_BYTES}
    assert engine.left("test_it.py::test_clean") == {}
