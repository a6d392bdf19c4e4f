import type { Plant, Plants, Plot } from "../plot.ts";
import { Kept } from "./kept.ts";

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

/** Innocent memory, and what verdict it is due. */
export const INNOCENTS: Plants = {
  transient,
  garbage: goesBy("collected"),
  "program cache": goesBy("cleared"),
  "in a traceback": inTraceback,
  "in an exception": inException,
  "held by a fixture": heldByFixture,
  "made by a fixture": madeByFixture,
  "freed late": freedLate,
  rolling,
  "address given again": addressGivenAgain,
  "kept once": keptOnce,
  "replaced in repeats": replacedInRepeats,
  "comes and goes": comesAndGoes,
  "kept by a rerun": keptByRerun,
  "warmed up": warmedUp,
  allowed,
  fragmented,
  unmeasured,
};
