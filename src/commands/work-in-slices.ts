/** Time that work on millions of buffers may take before clients are read again. */
const SLICE_MS = 2;

/** Runs steps for a few milliseconds at a time and lets clients be read in between; gives what the steps give. */
export async function* inSlices<Step, Result>(
  steps: Generator<Step, Result, void>,
): AsyncGenerator<Step, Result, void> {
  let untilMs = performance.now() + SLICE_MS;
  try {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      yield value;
      if (performance.now() < untilMs) continue;
      await new Promise((resolve) => setImmediate(resolve));
      untilMs = performance.now() + SLICE_MS;
    }
  } finally {
    // Whoever looks no further leaves the steps at once, too.
    steps[Symbol.dispose]();
  }
}

/** What the steps give in the end, at once. */
export function resultOf<Result>(steps: Generator<unknown, Result, void>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** What the steps give in the end. */
export async function resultInSlices<Result>(steps: Generator<unknown, Result, void>): Promise<Result> {
  const slices = inSlices(steps);
  for (;;) {
    const { done, value } = await slices.next();
    if (done) return value;
  }
}
