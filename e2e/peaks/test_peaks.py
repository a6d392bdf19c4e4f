"""What each test has live at most, of its own and in all."""

import gc
import threading

import pytest
import ttnn

L1 = ttnn.L1_MEMORY_CONFIG
TILE_BYTES = 2048
DRAM_BANKS, L1_BANKS = 12, 64
KEPT = []


def dram(*tiles):
    """Bytes of tensors of so many tiles that are live at once."""
    return sum(-(-each // DRAM_BANKS) * TILE_BYTES * DRAM_BANKS for each in tiles)


def l1(*tiles):
    return sum(-(-each // L1_BANKS) * TILE_BYTES * L1_BANKS for each in tiles)


@pytest.mark.parametrize("tiles", [1, 12, 13, 500, 5000])
def test_one_tensor(device, peaks, tiles):
    peaks.expect(DRAM=dram(tiles))
    peaks.zeros(device, tiles)


@pytest.mark.parametrize("count", [2, 7, 40])
def test_several_at_once(device, peaks, count):
    peaks.expect(DRAM=dram(*[24] * count))
    kept = [peaks.zeros(device, 24) for _ in range(count)]
    assert len(kept) == count


@pytest.mark.parametrize("count", [2, 30])
def test_one_after_the_other(device, peaks, count):
    peaks.expect(DRAM=dram(48))
    for _ in range(count):
        tensor = peaks.zeros(device, 48)
        ttnn.deallocate(tensor)


def test_the_first_of_two_peaks(device, peaks):
    peaks.expect(DRAM=dram(120, 120))
    many = [peaks.zeros(device, 120) for _ in range(2)]
    del many
    few = [peaks.zeros(device, 12) for _ in range(5)]
    assert len(few) == 5


def test_the_second_of_two_peaks(device, peaks):
    peaks.expect(DRAM=dram(120, 120, 120))
    few = [peaks.zeros(device, 12) for _ in range(5)]
    del few
    many = [peaks.zeros(device, 120) for _ in range(3)]
    assert len(many) == 3


def test_a_saw(device, peaks):
    peaks.expect(DRAM=dram(*range(12, 241, 12), 1))
    kept = []
    for tiles in range(12, 241, 12):
        kept.append(peaks.zeros(device, tiles))
        ttnn.deallocate(peaks.zeros(device, 1))
    assert len(kept) == 20


@pytest.fixture
def prepared(device, peaks):
    tensor = peaks.zeros(device, 60)
    yield tensor
    late = peaks.zeros(device, 240)
    del late


def test_its_fixture_in_its_setup_and_its_teardown(device, peaks, prepared):
    peaks.expect(DRAM=dram(60, 240))
    peaks.zeros(device, 24)


@pytest.fixture
def short_lived(device, peaks):
    tensor = peaks.zeros(device, 360)
    ttnn.deallocate(tensor)


def test_its_setup_alone(device, peaks, short_lived):
    peaks.expect(DRAM=dram(360))
    peaks.zeros(device, 12)


@pytest.fixture(scope="module")
def weights(device):
    return ttnn.empty((1, 1, 3200, 32), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.DRAM_MEMORY_CONFIG)


@pytest.mark.parametrize("tiles", [12, 36])
def test_a_wider_fixture_is_not_its_own(device, peaks, weights, tiles):
    peaks.expect(DRAM=dram(tiles))
    peaks.zeros(device, tiles)


@pytest.mark.parametrize("tiles", [1, 64, 65, 640])
def test_l1(device, peaks, tiles):
    peaks.expect(L1=l1(tiles))
    peaks.zeros(device, tiles, L1)


def test_l1_and_dram(device, peaks):
    peaks.expect(DRAM=dram(12), L1=l1(64, 64))
    kept = [peaks.zeros(device, 64, L1), peaks.zeros(device, 12), peaks.zeros(device, 64, L1)]
    assert len(kept) == 3


@pytest.mark.parametrize("kind", ["L1", "L1_SMALL"])
def test_sharded(device, peaks, kind):
    """8 shards of a tile; the allocator takes the range in all banks."""
    peaks.expect(**{kind: l1(1, 1)})
    cores = ttnn.CoreRangeSet({ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(3, 1))})
    shards = ttnn.ShardSpec(cores, [32, 32], ttnn.ShardOrientation.ROW_MAJOR)
    config = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, getattr(ttnn.BufferType, kind), shards)
    kept = [peaks.zeros(device, 8, config) for _ in range(2)]
    assert len(kept) == 2


def test_operations(device, peaks):
    """Two inputs, and two results of which one goes before the other comes."""
    peaks.expect(L1=l1(64, 64, 64))
    a, b = (peaks.zeros(device, 64, L1) for _ in range(2))
    first = ttnn.add(a, b, memory_config=L1)
    peaks.sample(device)
    ttnn.deallocate(first)
    second = ttnn.multiply(a, b, memory_config=L1)
    peaks.sample(device)
    assert second.is_allocated()


def test_a_trace(device, peaks):
    """A captured trace is TRACE memory of 1,024 B a bank; what it works on is allocated before."""
    peaks.expect(L1=l1(64, 64, 64), TRACE=1024 * DRAM_BANKS)
    a, b = (peaks.zeros(device, 64, L1) for _ in range(2))
    ttnn.deallocate(ttnn.add(a, b, memory_config=L1))
    trace = ttnn.begin_trace_capture(device, cq_id=0)
    result = ttnn.add(a, b, memory_config=L1)
    peaks.sample(device)
    ttnn.end_trace_capture(device, trace, cq_id=0)
    peaks.sample(device)
    ttnn.release_trace(device, trace)
    del result


@pytest.mark.parametrize("threads", [1, 4])
def test_threads(device, peaks, threads):
    """Each thread allocates in its turn, and all of it is live in the end."""
    peaks.expect(DRAM=dram(*[36] * threads))
    kept, turn = [], threading.Lock()

    def work():
        with turn:
            kept.append(peaks.zeros(device, 36))

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


@pytest.mark.xfail(strict=True)
def test_a_failure_at_the_peak(device, peaks):
    peaks.expect(DRAM=dram(12, 600))
    first, second = peaks.zeros(device, 12), peaks.zeros(device, 600)
    raise ValueError(first, second)


def test_leaves_something(device, peaks):
    peaks.expect(DRAM=dram(240))
    KEPT.append(peaks.zeros(device, 240))


def test_beside_what_another_left(device, peaks):
    peaks.expect(DRAM=dram(12))
    peaks.zeros(device, 12)


def test_frees_what_another_left(device, peaks):
    peaks.expect(DRAM=dram(12))
    peaks.sample(device)
    ttnn.deallocate(KEPT.pop())
    peaks.zeros(device, 12)


def test_garbage_in_a_cycle_counts_until_it_is_collected(device, peaks):
    peaks.expect(DRAM=dram(120, 12))
    cycle = [peaks.zeros(device, 120)]
    cycle.append(cycle)
    del cycle
    peaks.zeros(device, 12)
    gc.collect()
    peaks.zeros(device, 36)


def test_nothing(device, peaks):
    peaks.sample(device)
