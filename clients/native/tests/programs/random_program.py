"""Does what programs do to device memory, at random, and holds the ring's live set against the allocator's own list.

random_program.py SEED STEPS      with TT_MEMWATCH_TRACER_DIR and PYTHONPATH set; prints one line of JSON
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
import threading
from pathlib import Path

import tt_memwatch_tracer

tt_memwatch_tracer.start_from_environment()

import ttnn  # noqa: E402 (the tracer starts with it)
from ring_file import LiveSet  # noqa: E402

seed, steps = int(sys.argv[1]), int(sys.argv[2])
rng = random.Random(seed)
status = tt_memwatch_tracer.status()
assert status.state == "live", status.reason
live = LiveSet(Path(status.ring))
is_fast = not os.environ.get("TT_METAL_SLOW_DISPATCH_MODE")
done = {"checks": 0, "most": 0, "out_of_memory": 0, "refused": 0}


def expect(*devices: ttnn.MeshDevice) -> None:
    listed = sorted(
        (b.device_id, b.address, b.max_size_per_bank, b.buffer_type.name)
        for device in devices
        for b in ttnn._ttnn.reports.get_buffers(device)
    )
    traced = live.read()
    only_traced, only_listed = set(traced) - set(listed), set(listed) - set(traced)
    assert traced == listed, f"only traced: {sorted(only_traced)[:5]}, only listed: {sorted(only_listed)[:5]}"
    for device in devices:
        expect_allocators_figures(device)
    done["checks"] += 1
    done["most"] = max(done["most"], len(listed))


def expect_allocators_figures(device: ttnn.MeshDevice) -> None:
    """The ring alone says which chip, how many banks, and how much of each the allocator counts."""
    records = [record for record in live.records() if record.device == device.id()]
    assert {record.chip for record in records} <= {device.get_device_ids()[0]}
    for memory_type in ("DRAM", "L1", "L1_SMALL", "TRACE"):
        view = ttnn.get_memory_view(device, getattr(ttnn.BufferType, memory_type))
        here = [record for record in records if record.memory_type == memory_type]
        assert {record.banks for record in here} <= {view.num_banks}
        assert sum(record.block_bytes for record in here) == view.total_bytes_allocated_per_bank, memory_type


def zeros(device: ttnn.MeshDevice, height: int, width: int, memory_config: ttnn.MemoryConfig) -> ttnn.Tensor:
    dtype = rng.choice([ttnn.bfloat16, ttnn.float32, ttnn.bfloat8_b])
    shape = (1, 1, height, width)
    return ttnn.zeros(shape, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory_config)


def sharded(height: int, width: int) -> ttnn.MemoryConfig:
    grid = ttnn.CoreGrid(y=1, x=4)
    return ttnn.create_sharded_memory_config((1, 1, height, width), core_grid=grid, strategy=ttnn.ShardStrategy.HEIGHT)


def l1_small(device: ttnn.MeshDevice) -> ttnn.Tensor:
    config = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.INTERLEAVED, ttnn.BufferType.L1_SMALL)
    return ttnn.allocate_tensor_on_device(
        ttnn.Shape([1, 1, 32, 32]), ttnn.bfloat16, ttnn.ROW_MAJOR_LAYOUT, device, config
    )


def step(device: ttnn.MeshDevice, pool: list[ttnn.Tensor]) -> None:
    choice = rng.random()
    height, width = 32 * rng.randint(1, 16), 32 * rng.randint(1, 16)
    if choice < 0.30 or len(pool) < 2:
        pool.append(zeros(device, height, width, rng.choice([ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG])))
    elif choice < 0.38:
        height = 128 * rng.randint(1, 4)
        pool.append(zeros(device, height, width, sharded(height, width)))
    elif choice < 0.42:
        pool.append(l1_small(device))
    elif choice < 0.55:
        tensor = next((t for t in pool if t.layout == ttnn.TILE_LAYOUT), None)
        if tensor is not None:
            pool.append(ttnn.add(tensor, tensor) if rng.random() < 0.7 else ttnn.multiply(tensor, 2.0))
    elif choice < 0.80:
        ttnn.deallocate(pool.pop(rng.randrange(len(pool))))
    elif choice < 0.96:
        pool.pop(rng.randrange(len(pool)))
    elif choice < 0.97:
        device.disable_and_clear_program_cache()
    elif choice < 0.98:
        run_out(device)
    elif choice < 0.985 and is_fast:
        capture(device)
    else:
        pool.clear()
        gc.collect()


def run_out(device: ttnn.MeshDevice) -> None:
    shape = ttnn.Shape([1, 1, 8192, 16384])
    try:
        # `zeros` would make a quarter of a gigabyte of them on the host first.
        ttnn.allocate_tensor_on_device(shape, ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.L1_MEMORY_CONFIG)
    except RuntimeError:
        done["out_of_memory"] += 1


def capture(device: ttnn.MeshDevice) -> None:
    trace = ttnn.begin_trace_capture(device, cq_id=0)
    ttnn.end_trace_capture(device, trace, cq_id=0)
    expect(device)
    ttnn.release_trace(device, trace)


def at_random(device: ttnn.MeshDevice, pool: list[ttnn.Tensor]) -> None:
    for index in range(steps):
        try:
            step(device, pool)
        except RuntimeError:
            done["refused"] += 1
        if index % 3 == 0:
            expect(device)


def in_threads(device: ttnn.MeshDevice) -> None:
    kept: list[list[ttnn.Tensor]] = []

    def work(number: int) -> None:
        own, mine = random.Random(number), []
        for _ in range(300):
            if own.random() < 0.6 or not mine:
                shape = (1, 1, 32 * own.randint(1, 8), 32)
                mine.append(ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device))
            else:
                ttnn.deallocate(mine.pop(own.randrange(len(mine))))
        kept.append(mine)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(device)
    assert len(live.threads) >= 6


def one_device() -> None:
    device = ttnn.open_device(device_id=0, l1_small_size=8192, trace_region_size=1 << 20)
    pool: list[ttnn.Tensor] = []
    at_random(device, pool)
    in_threads(device)
    pool += [zeros(device, 32, 32, ttnn.DRAM_MEMORY_CONFIG) for _ in range(100)]
    expect(device)
    ttnn.close_device(device)
    assert live.read() == [], "closing the device frees all of it"
    pool.clear()
    gc.collect()
    again = ttnn.open_device(device_id=0)
    kept = zeros(again, 64, 64, ttnn.DRAM_MEMORY_CONFIG)
    expect(again)
    del kept
    expect(again)
    ttnn.close_device(again)


def mesh() -> None:
    parent = ttnn.open_mesh_device(ttnn.MeshShape(1, 2))
    parts = parent.create_submeshes(ttnn.MeshShape(1, 1))
    pools: list[list[ttnn.Tensor]] = [[], [], []]
    for index in range(steps // 3):
        chosen = rng.randrange(3)
        device, pool = (parent, *parts)[chosen], pools[chosen]
        if rng.random() < 0.6 or not pool:
            pool.append(zeros(device, 32 * rng.randint(1, 8), 32, ttnn.DRAM_MEMORY_CONFIG))
        else:
            ttnn.deallocate(pool.pop(rng.randrange(len(pool))))
        if index % 3 == 0:
            expect(parent, *parts)
    for pool in pools:
        pool.clear()
    gc.collect()
    expect(parent, *parts)
    for part in parts:
        ttnn.close_mesh_device(part)
    ttnn.close_mesh_device(parent)


one_device() if len(sys.argv) < 4 else mesh()
assert tt_memwatch_tracer.check() == ""
print(json.dumps({**done, "kinds": live.kinds}))
