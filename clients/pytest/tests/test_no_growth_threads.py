"""Blocks of several threads, of finalizers and of forked children, on real ttnn."""

import pytest

from no_growth_script import printed

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


def test_blocks_begin_and_end_while_other_threads_allocate_and_free(suite):
    """ttnn refuses to list buffers while one of them is about to get its address, and births are noted meanwhile."""
    body = """
host, is_over = zeros(device).cpu(), threading.Event()

def churn():
    kept = []
    while not is_over.is_set():
        kept.append(host.to(device))
        if len(kept) > 200:
            kept.clear()

def begin_and_end():
    with tt_memwatch.no_growth(device, limit="1 GB"):
        for _ in range(150):
            with tt_memwatch.no_growth(device, limit="1 GB"):
                pass

threads = [threading.Thread(target=churn) for _ in range(2)]
sys.setswitchinterval(1e-6)
for thread in threads: thread.start()
error = error_of(begin_and_end)
is_over.set()
for thread in threads: thread.join()
print(">", error)
"""
    assert printed(suite, body) == [" None"]
