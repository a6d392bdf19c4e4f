"""Program cache, traces, semaphores, sharded tensors, and holes in L1."""

import ttnn
from tensors import dram, l1

KEPT = []


def conv2d(device):
    image = ttnn.zeros((1, 1, 256, 32), dtype=ttnn.bfloat16, device=device)
    return ttnn.conv2d(
        input_tensor=image,
        weight_tensor=ttnn.zeros((32, 32, 3, 3), dtype=ttnn.bfloat16),
        device=device,
        in_channels=32,
        out_channels=32,
        batch_size=1,
        input_height=16,
        input_width=16,
        kernel_size=(3, 3),
        stride=(1, 1),
        padding=(1, 1),
    )


def max_pool2d(device):
    return ttnn.max_pool2d(
        input_tensor=ttnn.zeros((1, 1, 256, 32), dtype=ttnn.bfloat16, device=device),
        batch_size=1,
        input_h=16,
        input_w=16,
        channels=32,
        kernel_size=[2, 2],
        stride=[2, 2],
        padding=[0, 0],
        dilation=[1, 1],
    )


def zeros(device, *shape):
    return ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def core_range(columns, rows):
    return ttnn.CoreRangeSet({ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(columns - 1, rows - 1))})


def sharded(buffer_type):
    shards = ttnn.ShardSpec(core_range(4, 2), [32, 32], ttnn.ShardOrientation.ROW_MAJOR)
    return ttnn.MemoryConfig(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, buffer_type, shards)


def capture(device):
    trace = ttnn.begin_trace_capture(device, cq_id=0)
    ttnn.end_trace_capture(device, trace, cq_id=0)
    return trace


def test_conv2d(module_device):
    assert conv2d(module_device) is not None


def test_conv2d_again(module_device):
    assert conv2d(module_device) is not None


def test_max_pool2d(module_device):
    assert max_pool2d(module_device) is not None


def test_tiled_reshape(module_device):
    assert ttnn.reshape(zeros(module_device, 1, 1, 64, 96), (1, 1, 96, 64)).is_allocated()


def test_sum(module_device):
    assert ttnn.sum(zeros(module_device, 1, 1, 64, 64), dim=-1).is_allocated()


def test_cached_program_without_memory(module_device):
    a = dram(module_device, 1)
    assert ttnn.add(a, a).is_allocated()


def test_switches_the_cache_off(module_device):
    assert ttnn.sum(zeros(module_device, 1, 1, 64, 64), dim=-1).is_allocated()
    module_device.disable_and_clear_program_cache()


def test_switches_the_cache_on(module_device):
    assert ttnn.sum(zeros(module_device, 1, 1, 64, 64), dim=-1).is_allocated()
    module_device.enable_program_cache()


def test_keeps_the_result_of_a_cached_program(module_device):
    KEPT.append(ttnn.reshape(zeros(module_device, 1, 1, 64, 96), (1, 1, 96, 64)))


def test_fails_with_a_cached_program(module_device):
    result = ttnn.reshape(zeros(module_device, 1, 1, 64, 160), (1, 1, 160, 64))
    assert result is None, "wrong on purpose"


def test_after_fails_with_a_cached_program(module_device):
    assert zeros(module_device, 1, 1, 64, 160).is_allocated()


def test_trace_kept(module_device):
    KEPT.append(capture(module_device))


def test_trace_forgotten(module_device):
    """Nobody refers to it, and it is there until it is released."""
    capture(module_device)


def test_trace_released(module_device):
    ttnn.release_trace(module_device, capture(module_device))


def test_semaphore(module_device):
    assert ttnn.create_global_semaphore(module_device, core_range(8, 8), 0) is not None


def test_semaphore_kept(module_device):
    KEPT.append(ttnn.create_global_semaphore(module_device, core_range(8, 8), 0))


def test_sharded_l1_kept(module_device):
    KEPT.append(
        ttnn.zeros(
            (1, 1, 256, 32),
            dtype=ttnn.bfloat16,
            layout=ttnn.TILE_LAYOUT,
            device=module_device,
            memory_config=sharded(ttnn.BufferType.L1),
        )
    )


def test_sharded_l1_small_kept(module_device):
    KEPT.append(
        ttnn.zeros(
            (1, 1, 256, 32),
            dtype=ttnn.bfloat16,
            layout=ttnn.TILE_LAYOUT,
            device=module_device,
            memory_config=sharded(ttnn.BufferType.L1_SMALL),
        )
    )


def test_several_types_kept(module_device):
    KEPT.append((dram(module_device, 2), l1(module_device, 3)))


def test_last_is_clean(module_device):
    assert l1(module_device, 1).is_allocated()
