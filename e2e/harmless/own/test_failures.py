"""Exceptions, their tracebacks and what pytest keeps of them are the suite's."""

import unittest

import pytest

KEPT = []


def fail(value):
    held = value
    raise RuntimeError(f"deep {type(held).__name__ is not None}")


def test_a_chain(tensor):
    try:
        fail(tensor())
    except RuntimeError as error:
        raise KeyError("outer") from error


def test_a_context(tensor):
    try:
        fail(tensor())
    except RuntimeError:
        raise LookupError("while handling") from None


def test_raises_keeps_its_info(tensor):
    with pytest.raises(RuntimeError) as caught:
        fail(tensor())
    KEPT.append(caught)


def test_what_an_earlier_test_caught_is_whole():
    (caught,) = KEPT
    assert caught.match("deep")
    assert [entry.name for entry in caught.traceback][-1] == "fail"
    assert caught.value.__traceback__ is not None


def test_an_exception_kept_by_the_module(tensor):
    try:
        fail(tensor())
    except RuntimeError as error:
        KEPT.append(error)
    raise AssertionError("shows locals")


def test_the_kept_exception_has_its_traceback():
    assert KEPT[-1].__traceback__ is not None
    assert KEPT[-1].__traceback__.tb_next is not None


def test_the_same_exception_fails_two_tests():
    raise KEPT[-1]


@pytest.fixture
def failing_teardown(tensor):
    held = tensor()
    yield held
    raise OSError("teardown")


def test_passes_and_its_teardown_fails(failing_teardown):
    pass


def test_fails_and_its_teardown_fails(failing_teardown):
    fail(failing_teardown)


@pytest.fixture
def failing_setup(tensor):
    held = tensor()
    raise OSError(f"setup {held is not None}")


def test_setup_fails(failing_setup):
    pass


@pytest.mark.xfail(strict=True)
def test_xfail_strict_passes(tensor):
    tensor()


@pytest.mark.xfail(raises=RuntimeError, reason="known")
def test_xfail(tensor):
    fail(tensor())


def test_skips_late(tensor):
    tensor()
    pytest.skip("late")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_parameters(number, tensor):
    held = tensor()
    assert number != 2, held is None


class TestOld(unittest.TestCase):
    def setUp(self):
        self.kept = {"values": [object()]}

    def test_attributes_last_until_the_end_of_the_test(self):
        self.addCleanup(self.assertIn, "values", self.kept)

    def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1)

    def test_fails(self):
        self.fail("unittest")

    def tearDown(self):
        self.assertTrue(self.kept)


class TestShared:
    values: list = []  # noqa: RUF012 - shared on purpose

    def test_keeps(self, tensor):
        self.values.append(tensor())

    def test_has_what_the_other_kept(self):
        assert len(self.values) == 1
