import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { traceRecord } from "../../../../fixtures/ring/ring-writer.ts";
import type { TraceRecord } from "../../model/trace-record.ts";
import { TracedMemory } from "./traced-memory.ts";

/** What happened on one device; each buffer is of a stack of its own, so that each is reported by itself. */
type Step =
  | { readonly kind: "born" | "freed"; readonly buffer: number }
  | { readonly kind: "capture-begin" | "capture-end" | "replay" | "release"; readonly capture: number }
  | { readonly kind: "closed" };

function recordOf(step: Step): TraceRecord {
  if (step.kind === "closed") return traceRecord({ kind: "allocator-cleared" });
  if ("buffer" in step) {
    const place = { buffer: step.buffer, address: step.buffer * 4096, stack: step.buffer };
    return traceRecord({ kind: step.kind === "born" ? "allocate" : "free", ...place });
  }
  return traceRecord({ kind: step.kind, memoryType: null, address: step.capture });
}

/** By buffer: whether it met a replay. */
function toldOf(steps: readonly Step[]): ReadonlyMap<number, boolean> {
  const memory = new TracedMemory();
  for (const step of steps) memory.record(recordOf(step));
  const { groups } = memory.exposed();
  return new Map(
    groups.map(({ buffer, replayed }) => [buffer.stack, replayed > 0] as const).toSorted(([a], [b]) => a - b),
  );
}

const [begin, end, replay, release] = (["capture-begin", "capture-end", "replay", "release"] as const).map(
  (kind) =>
    (capture: number): Step => ({ kind, capture }),
) as [CaptureStep, CaptureStep, CaptureStep, CaptureStep];
type CaptureStep = (capture: number) => Step;
const born = (buffer: number): Step => ({ kind: "born", buffer });
const freed = (buffer: number): Step => ({ kind: "freed", buffer });
const CLOSED: Step = { kind: "closed" };

describe("a replay may overwrite", () => {
  const cases: readonly (readonly [string, readonly Step[], readonly (readonly [number, boolean])[]])[] = [
    ["what is allocated before it, and after the capture", [begin(1), end(1), born(7), replay(1)], [[7, true]]],
    ["what it has not met yet", [begin(1), end(1), born(7), release(1)], [[7, false]]],
    ["what met it and was freed then", [begin(1), end(1), born(7), replay(1), freed(7)], [[7, true]]],
    ["what was there when the device was closed", [begin(1), end(1), born(7), CLOSED], [[7, false]]],
    ["what is there at the end", [begin(1), end(1), born(7)], [[7, false]]],
    [
      "what came after the earlier of two captures",
      [begin(1), end(1), born(7), begin(2), end(2), replay(1)],
      [[7, true]],
    ],
    ["nothing that was there before the capture ended", [born(6), begin(1), born(7), end(1), replay(1)], []],
    ["nothing that was freed before", [begin(1), end(1), born(7), freed(7), replay(1)], []],
    ["nothing once the capture is released", [begin(1), end(1), release(1), born(7)], []],
    ["nothing that another capture allocates", [begin(1), end(1), begin(2), born(7), end(2), replay(1)], []],
    [
      "nothing by a capture that came after it",
      [begin(1), end(1), born(7), begin(2), end(2), replay(2), freed(7), replay(1)],
      [],
    ],
    ["nothing by what was not captured", [born(7), replay(3), release(3)], []],
  ];
  for (const [name, steps, told] of cases) it(name, () => assert.deepEqual([...toldOf(steps)], told));

  it("nothing on another device", () => {
    const memory = new TracedMemory();
    for (const step of [begin(1), end(1)]) memory.record(recordOf(step));
    memory.record(traceRecord({ device: 2, stack: 7 }));
    assert.deepEqual(memory.exposed().groups, []);
  });

  it("nothing of which records were lost, but what was found before", () => {
    const memory = new TracedMemory();
    for (const step of [begin(1), end(1), born(6), release(1), begin(2), end(2), born(7)])
      memory.record(recordOf(step));
    memory.lost(1);
    memory.record(recordOf(replay(2)));
    memory.record(recordOf(born(8)));
    assert.deepEqual(
      memory.exposed().groups.map(({ buffer }) => buffer.stack),
      [6],
    );
  });

  it("what the same line allocates, added up", () => {
    const memory = new TracedMemory();
    for (const step of [begin(1), end(1)]) memory.record(recordOf(step));
    for (const buffer of [1, 2, 3])
      memory.record(traceRecord({ buffer, address: buffer * 4096, stack: 5, sizeBytes: 100 }));
    memory.record(recordOf(replay(1)));
    memory.record(traceRecord({ buffer: 4, address: 4 * 4096, stack: 5, sizeBytes: 100 }));
    const [group, ...others] = memory.exposed().groups;
    assert.deepEqual([group?.buffers, group?.sizeBytes, group?.replayed, others.length], [4, 400, 3, 0]);
  });

  it("1,000 lines, and counts the buffers of the others", () => {
    const steps = [begin(1), end(1), ...Array.from({ length: 1_003 }, (_, index) => born(index + 1)), replay(1)];
    const memory = new TracedMemory();
    for (const step of steps) memory.record(recordOf(step));
    const { groups, more } = memory.exposed();
    assert.deepEqual([groups.length, more], [1_000, 3]);
  });

  it("what a naive model says, whatever happens", () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constantFrom("born", "freed"), buffer: fc.integer({ min: 1, max: 12 }) }),
        fc.record({
          kind: fc.constantFrom("capture-begin", "capture-end", "replay", "release"),
          capture: fc.integer({ min: 1, max: 3 }),
        }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (any) => {
        const possible = possibleOf(any as Step[]);
        assert.deepEqual(toldOf(possible), naiveTold(possible));
      }),
      { numRuns: 500 },
    );
  });
});

/** Of any steps those that can follow one another; every birth and every capture gets a number of its own. */
function possibleOf(steps: readonly Step[]): Step[] {
  const live = new Map<number, number>();
  const captures = new Map<number, { number: number; isCaptured: boolean }>();
  let next = 100;
  return steps.flatMap((step): Step[] => {
    if (step.kind === "closed") return [];
    if (step.kind === "born") {
      if (live.has(step.buffer)) return [];
      live.set(step.buffer, next);
      return [born(next++)];
    }
    if ("buffer" in step) {
      const buffer = live.get(step.buffer);
      live.delete(step.buffer);
      return buffer === undefined ? [] : [freed(buffer)];
    }
    const capture = captures.get(step.capture);
    if (step.kind === "capture-begin") {
      if (capture !== undefined) return [];
      captures.set(step.capture, { number: next, isCaptured: false });
      return [begin(next++)];
    }
    if (capture === undefined || capture.isCaptured === (step.kind === "capture-end")) return [];
    if (step.kind === "capture-end") capture.isCaptured = true;
    if (step.kind === "release") captures.delete(step.capture);
    return [{ kind: step.kind, capture: capture.number }];
  });
}

/** Of each buffer by itself, from all that happened. */
function naiveTold(steps: readonly Step[]): ReadonlyMap<number, boolean> {
  const told = new Map<number, boolean>();
  const indexOf = (kind: Step["kind"], capture: number) =>
    steps.findIndex((step) => step.kind === kind && "capture" in step && step.capture === capture);
  const captures = steps.flatMap((step, began) => {
    if (step.kind !== "capture-begin") return [];
    const [ended, released] = [indexOf("capture-end", step.capture), indexOf("release", step.capture)];
    const until = (index: number) => (index < 0 ? steps.length : index);
    return [{ capture: step.capture, began, ended: until(ended), released: until(released) }];
  });
  for (const [birth, step] of steps.entries()) {
    if (step.kind !== "born") continue;
    const dangers = captures.filter(({ ended, released }) => ended < birth && birth < released);
    if (dangers.length === 0 || captures.some(({ began, ended }) => began < birth && birth < ended)) continue;
    const over = Math.max(...dangers.map(({ released }) => released));
    const death = steps.findIndex((later) => later.kind === "freed" && later.buffer === step.buffer);
    const last = death < 0 ? over : Math.min(death, over);
    const isReplayed = steps.some((later, at) => {
      const isOf = later.kind === "replay" && dangers.some(({ capture }) => capture === later.capture);
      return isOf && at > birth && at < last;
    });
    if (isReplayed || death < 0 || death > over) told.set(step.buffer, isReplayed);
  }
  return new Map([...told].toSorted(([a], [b]) => a - b));
}
