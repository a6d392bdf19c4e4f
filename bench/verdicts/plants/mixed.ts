import { LARGE, type Plants, type Plot } from "../plot.ts";
import { Kept } from "./kept.ts";

/** Of one memory type it leaves some, some is garbage, and some is a cached program's. */
function* threeFates(plot: Plot): Generator<void> {
  const [memoryType, garbage, cached] = [plot.memoryType(), new Kept(plot), new Kept(plot)];
  const call = () => {
    plot.buffer(memoryType);
    garbage.make(memoryType, plot.size());
    cached.make(memoryType, plot.size());
  };
  plot.test("test_mixes", { call, collected: garbage.free, cleared: cached.free });
  plot.expect("test_mixes", "suspect", memoryType);
  plot.expect("test_mixes", "program-cache", memoryType);
  yield;
}

/** It fails and leaves something beside what its traceback has. */
function* failsAndLeaves(plot: Plot): Generator<void> {
  const [memoryType, local] = [plot.memoryType(), new Kept(plot)];
  const call = () => {
    plot.buffer(memoryType);
    local.make(memoryType, plot.size());
  };
  plot.test("test_fails", { call, released: local.free }, { outcome: "failed" });
  plot.expect("test_fails", "suspect", memoryType);
  plot.expect("test_fails", "held-by-failure", memoryType);
  yield;
}

/** Its fixture leaves something in two memory types; what its call makes is gone after it. */
function* ownFixtureLeaves(plot: Plot): Generator<void> {
  const kept = new Kept(plot);
  const setUp = () => {
    plot.buffer("L1");
    plot.buffer("DRAM");
    kept.make("DRAM", plot.size());
  };
  plot.test("test_with_fixture", { setUp, call: kept.free });
  plot.expect("test_with_fixture", "suspect", "L1");
  plot.expect("test_with_fixture", "suspect", "DRAM");
  yield;
}

/** pytest's own books have it until the next test begins. */
function* heldByPytest(plot: Plot): Generator<void> {
  const kept = new Kept(plot);
  const told = () => plot.story.keep(kept.buffer, "pytest");
  plot.test("test_instance", { call: () => kept.make(plot.memoryType(), plot.size()), told });
  kept.free();
  plot.close();
  yield;
}

/** Something else holds it as well. */
function* heldByMoreThanPytest(plot: Plot): Generator<void> {
  const [memoryType, kept] = [plot.memoryType(), new Kept(plot)];
  const told = () => plot.story.keep(kept.buffer, "pytest");
  plot.test("test_held_twice", { call: () => kept.make(memoryType, plot.size()), told });
  plot.expect("test_held_twice", "suspect", memoryType);
  plot.close();
  yield;
}

/** A collection that several tests share frees what waited for it, or does not. */
function* waits(plot: Plot): Generator<void> {
  const [memoryType, garbage, left] = [plot.memoryType(), new Kept(plot), new Kept(plot)];
  const wait = (kept: Kept) => () => plot.story.wait(kept.buffer);
  plot.test("test_waits", { call: () => garbage.make(memoryType, plot.size()), told: wait(garbage) });
  plot.test("test_leaves", { call: () => left.make(memoryType, plot.size()), told: wait(left) });
  plot.expect("test_leaves", "suspect", memoryType);
  plot.test("test_collects", { call: () => {}, collected: garbage.free, told: () => plot.story.search() });
  yield;
}

/** A device of the test's own goes with what its variables hold; what a list holds is left. */
function* onOwnDevice(plot: Plot): Generator<void> {
  const memoryType = plot.memoryType();
  const buffer = () => ({ memoryType, address: 0x2000, bytesPerBank: plot.size() });
  plot.onOwnDevice("test_opens_and_closes", buffer(), "test");
  plot.onOwnDevice("test_opens_and_keeps", buffer(), null);
  plot.expect("test_opens_and_keeps", "suspect", memoryType);
  yield;
}

/** More than the large-buffer rule has, and innocent all the same. */
function* largeInnocents(plot: Plot): Generator<void> {
  const [held, cached] = [new Kept(plot), new Kept(plot)];
  plot.test("test_fills_weights", () => held.make("DRAM", LARGE + plot.size()));
  plot.expect("test_fills_weights", "retained", "DRAM");
  plot.test("test_compiles", { call: () => cached.make("DRAM", LARGE + plot.size()), cleared: cached.free });
  plot.expect("test_compiles", "program-cache", "DRAM");
  yield;
  held.free();
  plot.story.endFixture(plot.fixture("weights", "session"));
  plot.close();
}

/** Each parameter leaves the same within its limit, and one more than that. */
function* limits(plot: Plot): Generator<void> {
  const [memoryType, size] = [plot.memoryType(), plot.size()];
  for (const index of [0, 1]) {
    plot.test(`test_may[${index}]`, () => plot.buffer(memoryType, size), {
      limits: { total: 10_000_000, perType: {} },
    });
    plot.expect(`test_may[${index}]`, "expected", memoryType);
    yield;
  }
  plot.test("test_may_less", () => plot.buffer(memoryType), { limits: { total: 1000, perType: {} } });
  plot.expect("test_may_less", "suspect", memoryType);
  yield;
}

/** Its first run warms up, and each after it adds something, or none does but the second. */
function* warmedUpAndRepeated(plot: Plot): Generator<void> {
  for (const [name, adding, verdict] of [
    ["test_warm_grows", [0, 1, 2, 3], "leak"],
    ["test_warm_keeps", [0, 1], "retained"],
  ] as const) {
    const [memoryType, size] = [plot.memoryType(), plot.size()];
    for (const run of [0, 1, 2, 3]) {
      const call = () => {
        if (adding.some((each) => each === run)) plot.buffer(memoryType, size);
      };
      plot.test(name, call, { repeat: run, attempt: run + 1, warmUp: run === 0 ? 1 : 0 });
    }
    plot.expect(name, verdict, memoryType);
  }
  yield;
}

/** Noise beside growth: large buffers come and go, and each parameter leaves as much. */
function* growsInNoise(plot: Plot): Generator<void> {
  const [memoryType, size] = [plot.memoryType(), plot.size()];
  for (const index of [0, 1, 2]) {
    plot.test(`test_noisy[${index}]`, () => {
      const noise = Array.from({ length: plot.random.below(6) }, () => plot.buffer(memoryType));
      plot.buffer(memoryType, size);
      for (const buffer of noise) plot.story.free(buffer);
    });
    plot.expect(`test_noisy[${index}]`, "leak", memoryType);
    yield;
  }
}

/** More than one thing at once. */
export const MIXED: Plants = {
  "three fates": threeFates,
  "fails and leaves": failsAndLeaves,
  "own fixture leaves": ownFixtureLeaves,
  "held by pytest": heldByPytest,
  "held by more than pytest": heldByMoreThanPytest,
  waits,
  "on its own device": onOwnDevice,
  "large innocents": largeInnocents,
  limits,
  "warmed up and repeated": warmedUpAndRepeated,
  "grows in noise": growsInNoise,
};
