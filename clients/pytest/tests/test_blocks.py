"""The two ways of listing the allocator's blocks say the same, and the plugin measures with either."""

#: Random tensors: tiles, and rows whose pages have to be aligned, in DRAM, L1 and L1_SMALL, interleaved and sharded.
RANDOM_TENSORS = """
    import random
    from tt_memwatch.devices.blocks import Fitted, fit, list_blocks, list_buffers
    TYPES = ("DRAM", "L1", "L1_SMALL", "TRACE")
    def make(device, rng):
        kind = rng.random()
        if kind < 0.2:
            grid = ttnn.CoreGrid(y=rng.randint(1, 4), x=rng.randint(1, 4))
            size = (1, 1, 512 * rng.randint(1, 2), 512)
            config = ttnn.create_sharded_memory_config(size, core_grid=grid, strategy=ttnn.ShardStrategy.BLOCK)
            return ttnn.allocate_tensor_on_device(ttnn.Shape(size), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, config)
        config = rng.choice([ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG])
        dtype, size = rng.choice([ttnn.bfloat16, ttnn.float32]), (1, 1, rng.randint(1, 200), rng.randint(1, 100))
        layout = rng.choice([ttnn.TILE_LAYOUT, ttnn.ROW_MAJOR_LAYOUT])
        if kind < 0.3:
            corner = ttnn.CoreCoord(0, 0)
            return ttnn.create_global_semaphore(device, ttnn.CoreRangeSet({ttnn.CoreRange(corner, corner)}), 0)
        return ttnn.allocate_tensor_on_device(ttnn.Shape(size), dtype, layout, device, config)
    def change(device, rng, pool):
        if rng.random() < 0.6 or not pool:
            try:
                pool.append(make(device, rng))
            except RuntimeError:
                pool.clear()
        else:
            pool.pop(rng.randrange(len(pool)))
"""


#: After each change the buffers have the sizes of the table.
EACH_CHANGE = f"""{RANDOM_TENSORS}
    @pytest.mark.parametrize("seed", range(3))
    def test_0(device, seed):
        rng, pool, known, checks = random.Random(seed), [], {{name: {{}} for name in TYPES}}, 0
        for _ in range(300):
            change(device, rng, pool)
            for name in TYPES:
                view = ttnn.get_memory_view(device, getattr(ttnn.BufferType, name))
                table = list_blocks(device, name, view)
                assert table.is_exact
                allocated = view.total_bytes_allocated_per_bank
                known[name] = fit(list_buffers(device, name), known[name], allocated)
                assert sum(table.blocks.values()) == allocated
                base = min(known[name], default=0) - min(table.blocks, default=0)
                assert {{a - base: block.size for a, block in known[name].items()}} == table.blocks
                checks += bool(table.blocks)
        assert checks > 300
        pool.clear()
"""

#: Sizes that cannot be told add up to too little or to the total, and stay.
MANY_CHANGES = f"""{RANDOM_TENSORS}
    def test_0(device):
        rng, pool, known, exact = random.Random(7), [], {{}}, 0
        for _ in range(100):
            for _ in range(10):
                change(device, rng, pool)
            view = ttnn.get_memory_view(device, ttnn.BufferType.DRAM)
            before, known = known, fit(list_buffers(device, "DRAM"), known, view.total_bytes_allocated_per_bank)
            assert all(known[a] == block for a, block in before.items() if a in known and known[a].held == block.held)
            table = list_blocks(device, "DRAM", view).blocks
            exact += sorted(block.size for block in known.values()) == sorted(table.values())
        assert exact > 50
        pool.clear()
"""


def test_the_sizes_of_buffers_are_those_of_the_table_or_add_up_to_the_total(suite):
    suite.write(test_each_change=EACH_CHANGE, test_many_changes=MANY_CHANGES)
    suite.again().assert_outcomes(passed=4)


#: As in ttnn 0.68 to 0.73, whose Python knows no type for the rows of the table.
NO_TABLE = """
    from tt_memwatch.devices import blocks
    @pytest.fixture(autouse=True, scope="session")
    def no_table():
        blocks._without_table.add(ttnn._ttnn.device.MemoryView)
    KEPT = []
    def rows(device, width):
        return ttnn.allocate_tensor_on_device(
            ttnn.Shape([1, 1, 50, width]), ttnn.bfloat16, ttnn.ROW_MAJOR_LAYOUT, device, ttnn.DRAM_MEMORY_CONFIG)
"""


def grown_per_bank(engine, test):
    """Bytes per bank of the blocks that came in a test, less those that went."""
    told = [m for m in engine.tests()[test] if m["kind"] == "blocks"]
    return sum(size for m in told for _, size in m["added"]) - sum(size for m in told for _, size in m["removed"])


def test_without_a_table_a_leak_has_the_allocators_bytes_and_its_holder(suite, engine):
    suite.run(f"""{NO_TABLE}
    @pytest.mark.parametrize("width", [1, 17, 32])
    def test_clean(shared_device, width):
        zeros(shared_device)
        rows(shared_device, width)
    @pytest.mark.parametrize("width", [1, 17, 32])
    def test_leak(shared_device, width):
        zeros(shared_device)
        KEPT.append(rows(shared_device, width))
    """).assert_outcomes(passed=6)
    for number, width in enumerate([1, 17, 32]):
        test = f"test_it.py::test_leak[{width}]"
        assert engine.growth(test) == {"DRAM": grown_per_bank(engine, test) * 12}
        assert grown_per_bank(engine, test) > 0
        holders = [m["paths"] for m in engine.tests()[test] if m["kind"] == "holders"]
        assert holders == [[f"test_it.KEPT[{number}]"]]
        assert engine.reasons(test) == []


def test_without_a_table_what_cpp_holds_is_named_as_with_one(suite, engine):
    suite.run(f"""{NO_TABLE}
    def test_0(shared_device):
        cores = [ttnn.CoreRangeSet({{ttnn.CoreRange(ttnn.CoreCoord(n, n), ttnn.CoreCoord(n, n))}}) for n in (0, 1)]
        KEPT.append(ttnn.create_global_semaphore(shared_device, cores[0], 0))
        KEPT.append(ttnn.create_global_circular_buffer(shared_device, [(ttnn.CoreCoord(0, 0), cores[1])], 4096))
    def test_1(shared_device):
        pass
    """).assert_outcomes(passed=2)
    assert sorted(m["paths"][0] for m in engine.messages() if m["kind"] == "holders") == [
        "global circular buffer held by test_it.KEPT[1]",
        "global circular buffer held by test_it.KEPT[1]",
        "global semaphore held by test_it.KEPT[0]",
    ]
