import { LARGE, type Plants, type Plot } from "../plot.ts";

/** A list that each parameter of one test adds to. */
function* growingList(plot: Plot): Generator<void> {
  const [memoryType, size] = [plot.memoryType(), plot.size()];
  for (let index = 0; index < 2 + plot.random.below(3); index++) {
    plot.test(`test_adds[${index}]`, () => plot.buffer(memoryType, size));
    plot.expect(`test_adds[${index}]`, "leak", memoryType);
    yield;
  }
}

function* leftOnce(plot: Plot): Generator<void> {
  const memoryType = plot.memoryType();
  plot.test("test_keeps", () => plot.buffer(memoryType));
  plot.expect("test_keeps", "suspect", memoryType);
  yield;
}

function* leftLarge(plot: Plot): Generator<void> {
  plot.test("test_loads", () => plot.buffer("DRAM", LARGE + plot.size()));
  plot.expect("test_loads", "leak", "DRAM");
  yield;
}

/** Two buffers, of which garbage collection gets one. */
function* leftPartly(plot: Plot): Generator<void> {
  const memoryType = plot.memoryType();
  let garbage = plot.buffer;
  plot.test("test_keeps_one", {
    call: () => {
      plot.buffer(memoryType);
      const freed = plot.buffer(memoryType);
      garbage = () => freed;
    },
    collected: () => plot.story.free(garbage()),
  });
  plot.expect("test_keeps_one", "suspect", memoryType);
  yield;
}

/** Repeated (--confirm): it adds each time. */
function* growsInRepeats(plot: Plot): Generator<void> {
  yield* repeated(plot, 3, () => true);
}

/** Repeated 16 times: it adds every fourth time. */
function* growsInSteps(plot: Plot): Generator<void> {
  yield* repeated(plot, 17, (run) => run % 4 === 0);
}

function* repeated(plot: Plot, runs: number, adds: (run: number) => boolean): Generator<void> {
  const [memoryType, size] = [plot.memoryType(), plot.size()];
  for (let run = 0; run < runs; run++) {
    const deeds = () => {
      if (adds(run)) plot.buffer(memoryType, size);
    };
    plot.test("test_repeated", deeds, { repeat: run, attempt: run + 1 });
  }
  plot.expect("test_repeated", "leak", memoryType);
  yield;
}

/** pytest runs it again, and it leaves the same again. */
function* growsInReruns(plot: Plot): Generator<void> {
  const [memoryType, size] = [plot.memoryType(), plot.size()];
  for (const attempt of [1, 2]) {
    plot.test("test_rerun", () => plot.buffer(memoryType, size), { attempt });
    plot.expect("test_rerun", "leak", memoryType, attempt);
  }
  yield;
}

/** The value of a module's fixture, to which each test adds: it ends with the module, which may be late. */
function* growingFixture(plot: Plot): Generator<void> {
  const [memoryType, size] = [plot.memoryType(), plot.size()];
  const cache = plot.fixture("cache");
  const kept = [];
  for (let index = 0; index < 3; index++) {
    let added = null;
    plot.test(`test_fills[${index}]`, () => {
      added = plot.buffer(memoryType, size);
    });
    kept.push(added);
    plot.expect(`test_fills[${index}]`, "leak", memoryType);
    yield;
  }
  for (const buffer of kept) if (buffer !== null) plot.story.free(buffer);
  plot.story.endFixture(cache);
  plot.close();
}

/** A fixture that forgets what it made. */
function* fixtureLeaves(plot: Plot): Generator<void> {
  const memoryType = plot.memoryType();
  const weights = plot.fixture("weights");
  plot.test("test_uses_weights", { fixture: { is: weights, setUp: () => plot.buffer(memoryType) }, call: () => {} });
  plot.expect("test_uses_weights", "suspect", memoryType);
  plot.story.endFixture(weights);
  plot.close();
  yield;
}

/** What a test left, so that its run should fail. */
export const LEAKS: Plants = {
  "growing list": growingList,
  "left once": leftOnce,
  "left large": leftLarge,
  "left partly": leftPartly,
  "grows in repeats": growsInRepeats,
  "grows in steps": growsInSteps,
  "grows in reruns": growsInReruns,
  "growing fixture": growingFixture,
  "fixture leaves": fixtureLeaves,
};
