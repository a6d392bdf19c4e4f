"""Log records are the suite's, until its end."""

import logging

import pytest

logger = logging.getLogger("own")


class Shape:
    def __init__(self, kept):
        self.kept = kept

    def __str__(self):
        return "a shape"


def test_a_logged_exception_fails_the_test_in_its_teardown(no_logged_exceptions, tensor):
    try:
        held = tensor()
        raise ValueError("logged")
    except ValueError:
        logger.exception("went wrong with %s", Shape(held))


def test_records_keep_their_arguments(caplog, tensor):
    logger.warning("%s and %d", Shape(tensor()), 7)
    (record,) = caplog.records
    assert record.args[1] == 7
    assert isinstance(record.args[0], Shape)


@pytest.fixture
def reads_records(caplog):
    yield
    arguments = [type(record.args).__name__ for record in caplog.get_records("call")]
    logger.error("records had %s", arguments)


def test_a_fixture_reads_the_arguments_afterwards(reads_records, tensor):
    logger.warning("%(shape)s", {"shape": Shape(tensor())})
    logger.error("one %s, two %s", Shape(tensor()), Shape(tensor()))


def test_captured_levels_and_order_stay(caplog):
    with caplog.at_level(logging.DEBUG):
        for level in (logging.DEBUG, logging.INFO, logging.ERROR):
            logger.log(level, "at %d", level)
    assert [record.levelno for record in caplog.records] == [10, 20, 40]
    raise AssertionError("shows the log")
