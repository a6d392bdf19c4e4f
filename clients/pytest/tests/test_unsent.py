"""Messages that the engine reads before they are sent."""

import os
import struct
import subprocess
import sys
import textwrap
import threading

import pytest

from conftest import SOURCE, start_engine
from tt_memwatch import unsent
from tt_memwatch.engine import Engine
from tt_memwatch.unsent import CAPACITY, Unsent

WELCOME = {"kind": "welcome", "protocol": 2, "engine": "0.1.0", "readsUnsent": True}
HELLO = {"kind": "hello", "pid": os.getpid()}


def shown(file):
    """Where the first byte lies, and the bytes."""
    begin, length = struct.unpack_from("<QQ", file.read_bytes())
    return begin, file.read_bytes()[16 : 16 + length]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The files, which the plugin removes once the engine has them open."""
    monkeypatch.setattr(Unsent, "remove", lambda self: None)
    return lambda: next(tmp_path.glob("*.unsent"))


@pytest.fixture
def listening(tmp_path, monkeypatch):
    engines = []

    def listen(welcome=WELCOME):
        engines.append(start_engine(tmp_path / "engine.sock", monkeypatch, welcome))
        client = Engine()
        client.connect(HELLO)
        assert client.connected
        return engines[-1], client

    yield listen
    for engine in engines:
        engine.close()


@pytest.mark.one_version
def test_what_is_queued_is_in_the_file_at_once_and_is_sent_when_there_is_no_room(listening, kept):
    engine, client = listening()
    hello, _ = shown(kept())
    client.queue("not-checked", reason="a")
    client.show()
    assert shown(kept()) == (hello, b'{"kind":"not-checked","reason":"a"}\n')
    assert [m["kind"] for m in engine.connections[-1]] == ["hello"]
    long = "b" * (CAPACITY - 60)
    client.queue("not-checked", reason=long)
    begin, waiting = shown(kept())
    assert (begin, len(waiting)) == (hello + 36, len(long) + 35)
    client.queue("not-checked", reason="c" * CAPACITY)
    assert shown(kept())[1] == b""
    client.queue("not-checked", reason="d")
    client.close(0)
    messages = engine.messages()
    assert [m.get("reason", "")[:1] for m in messages if m["kind"] == "not-checked"] == ["a", "b", "c", "d"]
    assert messages[-1] == {"kind": "bye", "exitStatus": 0, "dropped": 0}


@pytest.mark.one_version
def test_what_is_held_is_in_the_file_once_it_is_shown_or_something_is_queued(listening, kept):
    engine, client = listening()
    client.hold('{"kind":"a"}\n')
    client.hold('{"kind":"b"}\n')
    assert shown(kept())[1] == b""
    client.show(sends=False)
    assert shown(kept())[1] == b'{"kind":"a"}\n{"kind":"b"}\n'
    client.hold('{"kind":"c"}\n')
    client.queue("d")
    assert shown(kept())[1].endswith(b'{"kind":"c"}\n{"kind":"d"}\n')
    client.hold('{"kind":"e"}\n')
    client.close(0)
    assert [m["kind"] for m in engine.messages()] == ["hello", "a", "b", "c", "d", "e", "bye"]


@pytest.mark.one_version
def test_threads_do_not_mix_their_messages(listening, kept):
    engine, client = listening()

    def say(name):
        for n in range(2_000):
            client.queue("not-checked", reason=f"{name} {n}")

    threads = [threading.Thread(target=say, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close(0)
    reasons = [m["reason"] for m in engine.messages() if m["kind"] == "not-checked"]
    assert [[r for r in reasons if r[0] == name] for name in "abcd"] == [
        [f"{name} {n}" for n in range(2_000)] for name in "abcd"
    ]


@pytest.mark.one_version
def test_an_engine_that_does_not_read_the_file_is_sent_each_tests_messages(listening):
    engine, client = listening({key: value for key, value in WELCOME.items() if key != "readsUnsent"})
    client.hold('{"kind":"test-begin"}\n')
    client.show(sends=False)
    assert [m["kind"] for m in engine.connections[-1]] == ["hello"]
    client.queue("not-checked", reason="a")
    client.show()
    client.close(0)
    assert [m["kind"] for m in engine.messages()] == ["hello", "test-begin", "not-checked", "bye"]


@pytest.mark.one_version
def test_where_there_can_be_no_file_messages_are_sent(listening, monkeypatch, tmp_path):
    monkeypatch.setattr(unsent.platform, "machine", lambda: "aarch64")
    engine, client = listening()
    client.queue("not-checked", reason="a")
    client.show()
    client.close(0)
    assert [m["kind"] for m in engine.messages()] == ["hello", "not-checked", "bye"]
    assert engine.messages()[0]["unsent"] is None
    assert list(tmp_path.glob("*.unsent")) == []


@pytest.mark.one_version
def test_it_leaves_no_descriptor_and_no_file(tmp_path):
    code = """
        import os, sys
        from pathlib import Path
        from tt_memwatch.unsent import Unsent
        before = os.listdir("/proc/self/fd")
        memory = Unsent(Path(sys.argv[1]))
        assert os.listdir("/proc/self/fd") == before
        assert memory.take(["a"]) and memory.peek() == b"a"
        memory.remove()
        assert memory.take(["b"]) and memory.peek() == b"ab"
        memory.end()
    """
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(tmp_path)], env=env, check=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.one_version
def test_a_thread_that_comes_late_touches_no_memory_of_a_session_that_is_over(listening):
    engine, client = listening()
    lock = client._lock

    class ClosedMeanwhile:
        """The thread waits until the session is over."""

        def __enter__(self):
            client._lock = lock
            client.close(0)
            client.hold('{"kind":"late"}\n')

        def __exit__(self, *failure):
            pass

    client.hold('{"kind":"a"}\n')
    client._lock = ClosedMeanwhile()
    client.show()
    assert [m["kind"] for m in engine.messages()] == ["hello", "a", "bye"]
