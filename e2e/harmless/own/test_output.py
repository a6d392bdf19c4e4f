"""What a test prints, warns and raises elsewhere is what it would be alone."""

import asyncio
import os
import sys
import threading
import warnings

import pytest

TASKS = []


def test_capsys_reads_all_and_only_its_own(capsys, tensor):
    print("out")
    tensor()
    print("err", file=sys.stderr)
    assert capsys.readouterr() == ("out\n", "err\n")


def test_capfd_reads_descriptors(capfd, tensor):
    tensor()
    capfd.readouterr()
    os.write(1, b"one\n")
    os.write(2, b"two\n")
    assert capfd.readouterr() == ("one\n", "two\n")


@pytest.fixture
def reads_output(capfd):
    yield
    out, err = capfd.readouterr()
    print(f"teardown saw {out!r} and {err!r}")


def test_a_fixture_reads_what_was_printed(reads_output, tensor):
    tensor()
    print("for the fixture")


def test_prints_and_fails(tensor):
    print("before")
    tensor()
    print("error", file=sys.stderr)
    raise AssertionError("shows output")


def test_warns(tensor):
    tensor()
    warnings.warn("careful", UserWarning, stacklevel=1)
    warnings.warn(DeprecationWarning("old"), stacklevel=1)


def test_counts_warnings(recwarn, tensor):
    tensor()
    warnings.warn("one", UserWarning, stacklevel=1)
    assert len(recwarn) == 1


@pytest.mark.filterwarnings("error")
def test_no_warning_is_added(tensor):
    tensor()


class Broken:
    def __del__(self):
        raise ValueError("unraisable")


def test_an_exception_that_cannot_be_raised():
    broken = Broken()
    del broken


def test_a_thread_that_fails():
    thread = threading.Thread(target=lambda: 1 / 0, name="fails")
    thread.start()
    thread.join()


def test_awaits(tensor):
    async def wait():
        held = tensor()
        await asyncio.sleep(0)
        return held is not None

    assert asyncio.run(wait())


def test_leaves_a_loop_with_a_task_that_waits(tensor):
    loop = asyncio.new_event_loop()
    event = asyncio.Event()

    async def wait():
        held = tensor()
        await event.wait()
        return held

    task = loop.create_task(wait())
    loop.run_until_complete(asyncio.sleep(0))
    TASKS.append((loop, event, task))


def test_the_task_goes_on():
    loop, event, task = TASKS.pop()
    event.set()
    assert loop.run_until_complete(task) is not None
    loop.close()


def test_an_async_generator_is_left_where_it_was(tensor):
    async def numbers():
        held = tensor()
        yield 1
        yield held

    async def use():
        generator = numbers()
        first = await generator.__anext__()
        await generator.aclose()
        return first

    assert asyncio.run(use()) == 1


def test_a_task_fails_and_is_awaited(tensor):
    async def fail():
        held = tensor()
        raise OSError(held is None)

    async def use():
        task = asyncio.ensure_future(fail())
        with pytest.raises(OSError):
            await task

    asyncio.run(use())


@pytest.mark.filterwarnings("default")
def test_a_coroutine_that_nobody_awaits():
    async def never():
        pass

    never()
