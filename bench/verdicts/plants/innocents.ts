import type { PlantedBuffer } from "../planted-device.ts";
import type { Plant, Plot } from "../plot.ts";

/** Something that is there from its making to its end. */
class Kept {
  #buffer: PlantedBuffer | null = null;
  readonly #plot: Plot;

  constructor(plot: Plot) {
    this.#plot = plot;
  }

  /** Takes the place of what was there. */
  readonly make = (memoryType: PlantedBuffer["memoryType"], size: number): void => {
    const before = this.#buffer;
    this.#buffer = this.#plot.story.allocate(memoryType, size);
    if (before !== null) this.#plot.story.free(before);
  };

  /** Takes the place of what was there, at its address where the allocator gives that again. */
  readonly remake = (memoryType: PlantedBuffer["memoryType"], size: number): void => {
    this.free();
    this.make(memoryType, size);
  };

  readonly free = (): void => {
    if (this.#buffer !== null) this.#plot.story.free(this.#buffer);
    this.#buffer = null;
  };

  readonly tellFailure = (): void => {
    if (this.#buffer !== null) this.#plot.story.keepByFailure(this.#buffer);
  };
}

/** Comes and goes, many times. */
function* transient(plot: Plot): Generator<void> {
  plot.test("test_works", () => {
    for (let times = 1 + plot.random.below(40); times > 0; times--) plot.story.free(plot.buffer());
  });
  yield;
}

/** One that is gone by a step of the cleaning after the test. */
function goesBy(step: "collected" | "cleared"): Plant {
  return function* goes(plot) {
    const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
    plot.test(`test_${step}`, { call: () => kept.make(memoryType, size), [step]: kept.free });
    if (step === "cleared") plot.expect(`test_${step}`, "program-cache", memoryType);
    yield;
  };
}

/** A local variable of a test that fails: its traceback has it. */
function* inTraceback(plot: Plot): Generator<void> {
  const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
  plot.test("test_fails", { call: () => kept.make(memoryType, size), released: kept.free }, { outcome: "failed" });
  plot.expect("test_fails", "held-by-failure", memoryType);
  yield;
}

/** An exception that the suite can still see has it until the next test. */
function* inException(plot: Plot): Generator<void> {
  const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
  plot.test("test_raises", { call: () => kept.make(memoryType, size), told: kept.tellFailure }, { outcome: "failed" });
  plot.expect("test_raises", "held-by-failure", memoryType);
  kept.free();
  plot.close();
  yield;
}

/** The value of a module's fixture: made in a test, ends with the module. */
function* heldByFixture(plot: Plot): Generator<void> {
  const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
  plot.test("test_fills_once", () => kept.make(memoryType, size));
  plot.expect("test_fills_once", "retained", memoryType);
  yield;
  kept.free();
  plot.story.endFixture(plot.fixture("table"));
  plot.close();
}

/** Weights that a fixture makes and frees. */
function* madeByFixture(plot: Plot): Generator<void> {
  const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
  const weights = plot.fixture("weights", plot.random.of(["class", "module", "session"]));
  plot.test("test_uses", { fixture: { is: weights, setUp: () => kept.make(memoryType, size) }, call: () => {} });
  plot.expect("test_uses", "retained", memoryType);
  yield;
  plot.test("test_uses_again", () => {});
  kept.free();
  plot.story.endFixture(weights);
  plot.close();
}

/** A later test frees it. */
function* freedLate(plot: Plot): Generator<void> {
  const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
  plot.test("test_starts", () => kept.make(memoryType, size));
  plot.expect("test_starts", "late-free", memoryType);
  yield;
  plot.test("test_ends", () => kept.free());
  plot.close();
}

/** The last value of something: the next test of the same code makes another one, and then frees it. */
function* rolling(plot: Plot): Generator<void> {
  const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
  const tests = 3 + plot.random.below(3);
  for (let index = 0; index < tests; index++) {
    plot.test(`test_rolls[${index}]`, () => kept.make(memoryType, size));
    plot.expect(`test_rolls[${index}]`, index < tests - 1 ? "late-free" : "retained", memoryType);
    yield;
  }
}

/** It frees it first, and gets its address: there is never more than what the first test left. */
function* rollingInPlace(plot: Plot): Generator<void> {
  const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
  for (let index = 0; index < 2 + plot.random.below(4); index++) {
    plot.test(`test_rolls[${index}]`, () => kept.remake(memoryType, size));
    if (index === 0) plot.expect(`test_rolls[${index}]`, "retained", memoryType);
  }
  yield;
}

/** Freed by a test of other code, which leaves as much of its own at that address: it is the first that memory grew by. */
function* addressGivenAgain(plot: Plot): Generator<void> {
  const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
  plot.test("test_one", () => kept.make(memoryType, size));
  plot.expect("test_one", "suspect", memoryType);
  plot.test("test_other", () => kept.remake(memoryType, size));
  yield;
}

/** Repeated (--confirm): the first run alone leaves something. */
function* keptOnce(plot: Plot): Generator<void> {
  yield* repeated(plot, 3, (kept, run, make) => {
    if (run === 0) make(kept);
  });
}

/** Repeated: each run replaces what the one before left. */
function* replacedInRepeats(plot: Plot): Generator<void> {
  yield* repeated(plot, 3 + plot.random.below(4), (kept, _, make) => make(kept));
}

/** Repeated: every second run frees what the one before left. */
function* comesAndGoes(plot: Plot): Generator<void> {
  yield* repeated(plot, 7, (kept, run, make) => (run % 2 === 0 ? make(kept) : kept.free()));
}

function* repeated(
  plot: Plot,
  runs: number,
  act: (kept: Kept, run: number, make: (kept: Kept) => void) => void,
): Generator<void> {
  const [memoryType, size, kept] = [plot.memoryType(), plot.size(), new Kept(plot)];
  for (let run = 0; run < runs; run++) {
    const call = () => act(kept, run, (each) => each.make(memoryType, size));
    plot.test("test_repeated", call, { repeat: run, attempt: run + 1 });
  }
  plot.expect("test_repeated", "retained", memoryType);
  yield;
}

/** pytest runs it again, and the second run leaves no more. */
function* keptByRerun(plot: Plot): Generator<void> {
  const memoryType = plot.memoryType();
  plot.test("test_rerun", () => plot.buffer(memoryType), { attempt: 1 });
  plot.test("test_rerun", () => {}, { attempt: 2 });
  plot.expect("test_rerun", "retained", memoryType);
  yield;
}

/** Its first run warms up (--warm-up), and its second leaves nothing. */
function* warmedUp(plot: Plot): Generator<void> {
  plot.test("test_warm", () => plot.buffer(), { warmUp: 1 });
  plot.test("test_warm", () => {}, { repeat: 1, attempt: 2 });
  yield;
}

/** Within its marker's limit. */
function* allowed(plot: Plot): Generator<void> {
  const memoryType = plot.memoryType();
  const limits = { total: 10_000_000, perType: {} };
  plot.test("test_allowed", () => plot.buffer(memoryType), { limits });
  plot.expect("test_allowed", "expected", memoryType);
  yield;
}

/** More at once than it may have, and nothing of it in the end. */
function* overLimit(plot: Plot): Generator<void> {
  const peaks = { total: null, perType: { DRAM: 1000 }, l1PerCore: null };
  plot.test("test_peaks", () => plot.story.free(plot.buffer("DRAM")), { peaks });
  plot.expect("test_peaks", "over-limit", "DRAM");
  yield;
}

/** Everything came back, the largest free block did not. */
function* fragmented(plot: Plot): Generator<void> {
  plot.test("test_scatters", () => plot.story.free(plot.buffer("L1")), { largestFree: 1000 });
  for (const memoryType of ["DRAM", "L1", "L1_SMALL", "TRACE"] as const) {
    plot.expect("test_scatters", "fragmentation", memoryType);
  }
  yield;
}

function* unmeasured(plot: Plot): Generator<void> {
  const memoryType = plot.memoryType();
  plot.test("test_unknown", () => plot.buffer(memoryType), { notChecked: "measuring failed" });
  plot.expect("test_unknown", "not-checked", memoryType);
  yield;
}

/** A process that a test started allocates, and frees it in a later test or at once. */
function* inChild(plot: Plot): Generator<void> {
  const size = plot.size();
  const buffer = { memoryType: "DRAM", address: 0x7000_0000 + size * 16, bytesPerBank: size } as const;
  plot.test("test_asks", () => {
    plot.story.inChild("allocate", buffer);
    plot.story.inChild("free", buffer);
  });
  yield;
  plot.test("test_starts_server", () => plot.story.inChild("allocate", buffer));
  plot.expect("test_starts_server", "late-free", "DRAM");
  yield;
  plot.test("test_ends_server", () => plot.story.inChild("free", buffer));
}

/** Each parameter has it allocate, many times over, and free all of that. Its allocator gives an address again as soon as it can. */
function* worksInChild(plot: Plot): Generator<void> {
  const size = plot.size();
  const buffer = { memoryType: "DRAM", address: 0x7000_0000 + size * 16, bytesPerBank: size } as const;
  for (const index of [0, 1, 2]) {
    plot.test(`test_asks_often[${index}]`, () => {
      for (let times = 1 + plot.random.below(10); times > 0; times--) {
        plot.story.inChild("allocate", buffer);
        plot.story.inChild("free", buffer);
      }
    });
    yield;
  }
}

export const INNOCENTS: Readonly<Record<string, Plant>> = {
  transient,
  garbage: goesBy("collected"),
  "program cache": goesBy("cleared"),
  "in a traceback": inTraceback,
  "in an exception": inException,
  "held by a fixture": heldByFixture,
  "made by a fixture": madeByFixture,
  "freed late": freedLate,
  rolling,
  "rolling in place": rollingInPlace,
  "address given again": addressGivenAgain,
  "kept once": keptOnce,
  "replaced in repeats": replacedInRepeats,
  "comes and goes": comesAndGoes,
  "kept by a rerun": keptByRerun,
  "warmed up": warmedUp,
  allowed,
  "over its limit": overLimit,
  fragmented,
  unmeasured,
  "in a child": inChild,
  "works in a child": worksInChild,
};
