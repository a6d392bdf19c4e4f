"""Blocks of several threads, of finalizers and of forked children, on real ttnn."""

import pytest

from test_no_growth import printed

#: `then` of garbage is called while the block that made it is judged: garbage is collected for that.
WHILE_JUDGED = """
import faulthandler, os, signal

faulthandler.dump_traceback_later(60, exit=True)

class Garbage:
    def __init__(self, tensor, then):
        self.itself, self.tensor, self.then = self, tensor, then

    def __del__(self):
        self.then()

def while_judged(then):
    with tt_memwatch.no_growth(device):
        Garbage(zeros(device), then)

@tt_memwatch.no_growth()
def clean(device):
    return "clean"

said = []
"""


@pytest.fixture(autouse=True)
def untraced(monkeypatch):
    """Lines come from wrapped operations, which all threads share."""
    monkeypatch.setenv("TT_MEMWATCH_TRACER", "off")


def test_while_a_block_is_judged_finalizers_may_have_their_own_and_only_other_threads_wait(suite):
    """A child that another thread forks meanwhile does not wait for its parent's thread."""
    body = """
other = threading.Thread(target=clean, args=(device,))

def run_other():
    other.start()
    other.join(timeout=0.5)
    said.append(other.is_alive())

def fork():
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit("forked" in str(error_of(clean, device)))
    said.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

def run_fork():
    thread = threading.Thread(target=fork)
    thread.start()
    thread.join()

errors = [error_of(while_judged, then) for then in (lambda: said.append(clean(device)), run_other, run_fork)]
other.join()
print(">", errors, said, other.is_alive())
"""
    assert printed(suite, WHILE_JUDGED + body) == [" [None, None, None] ['clean', True, 1] False"]
