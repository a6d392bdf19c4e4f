import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { traceRecord } from "../../../../fixtures/ring/ring-writer.ts";
import type { TraceRecord } from "../../model/trace-record.ts";
import { TracedMemory } from "./traced-memory.ts";
import type { GroupPeaks } from "./traced-peaks.ts";

const BANKS = 12;
const GROUP = 256;
/** Contexts of the tests 1 and 2: the phases of the first, and the set-up of a wider fixture in it. */
const [SETUP, FIXTURE, CALL] = [GROUP, GROUP + 3, GROUP + 4];
const SECOND = 2 * GROUP;

/** Records of one process, in order. */
class Records {
  readonly memory = new TracedMemory();
  context = SETUP;
  #timeNs = 0;

  in(context: number): this {
    this.context = context;
    return this;
  }

  allocate(buffer: number, bytesPerBank: number, change: Partial<TraceRecord> = {}): this {
    const place = { chip: 0, banks: BANKS, unitBytes: 1 };
    return this.record({ kind: "allocate", buffer, address: buffer, bytesPerBank, ...place, ...change });
  }

  free(buffer: number, change: Partial<TraceRecord> = {}): this {
    return this.record({ kind: "free", buffer, address: buffer, ...change });
  }

  record(change: Partial<TraceRecord>): this {
    this.#timeNs += 1;
    this.memory.record(traceRecord({ context: this.context, timeNs: this.#timeNs, ...change }));
    return this;
  }

  of(group: number): GroupPeaks["memories"] {
    return this.memory.groupPeaks()(group).memories;
  }

  dram(group = 1): Record<"own" | "total" | "others" | "intermediates", number> | undefined {
    const peak = this.of(group).find(({ memoryType }) => memoryType === "DRAM");
    if (peak === undefined) return undefined;
    const { own, total, others, intermediates } = peak;
    const perBank = { own: own.bytesPerBank, total: total.bytesPerBank };
    return { ...perBank, others: others.bytesPerBank, intermediates: intermediates.bytesPerBank };
  }
}

test("the most that was live at once, not what is live in the end and not the sum of all", () => {
  const records = new Records().allocate(1, 100).allocate(2, 50).free(1).allocate(3, 60).free(2).free(3);
  assert.deepEqual(records.dram(), { own: 150, total: 150, others: 0, intermediates: 0 });
});

test("what earlier tests and wider fixtures had is in the total and no test's own", () => {
  const records = new Records().allocate(1, 100).in(FIXTURE).allocate(2, 1000).in(CALL).allocate(3, 10);
  records.in(SECOND).allocate(4, 7).free(4);
  assert.deepEqual(records.dram(1), { own: 110, total: 1110, others: 1000, intermediates: 0 });
  assert.deepEqual(records.dram(2), { own: 7, total: 1117, others: 1110, intermediates: 0 });
});

test("a test that only frees had nothing of its own, and in all what it found", () => {
  const records = new Records().allocate(1, 100).allocate(2, 50).in(SECOND).free(1).free(2);
  assert.deepEqual(records.dram(2), { own: 0, total: 150, others: 150, intermediates: 0 });
});

test("a peak is reported by the context, line and operation that reached it, and by the lines it was made of", () => {
  const records = new Records().allocate(1, 100, { stack: 7, operation: 3 }).allocate(2, 20, { stack: 8 });
  records.in(CALL).allocate(3, 100, { stack: 7, operation: 3 }).free(2).allocate(4, 5, { stack: 9 }).free(1);
  const [peak] = records.of(1);
  assert.deepEqual([peak?.context, peak?.stack, peak?.operation], [CALL, 7, 3]);
  assert.deepEqual(
    peak?.largest.map(({ stack, buffers, bytesPerBank }) => [stack, buffers, bytesPerBank]),
    [
      [7, 2, 200],
      [8, 1, 20],
    ],
  );
});

test("what an operation gives back before it ends is an intermediate of it, what a later one gives back is not", () => {
  const records = new Records().allocate(1, 10, { operation: 5 }).allocate(2, 100, { operation: 5 });
  records.free(2, { operation: 5 }).allocate(3, 1).free(1, { operation: 5 });
  assert.deepEqual(records.dram(), { own: 110, total: 110, others: 0, intermediates: 100 });
});

test("circular buffers take what lies between the lowest and the end of the program's last, beside live buffers", () => {
  const records = new Records().allocate(1, 64, { memoryType: "L1" });
  const place = (address: number, bytesPerBank: number, change: Partial<TraceRecord> = {}) =>
    records.record({ kind: "cb-allocate", memoryType: null, address, bytesPerBank, chip: 0, ...change });
  place(1000, 16);
  place(1016, 4);
  // Of the next program; then one that lies in a buffer.
  place(1000, 8);
  place(5000, 4096, { isInBuffer: true });
  records.in(SECOND).allocate(2, 1, { memoryType: "L1" });
  const circular = (group: number) => records.of(group).map((peak) => peak.circular);
  assert.deepEqual(circular(1), [{ bytesPerCore: 20, withBuffersBytesPerCore: 84 }]);
  assert.deepEqual(circular(2), [null]);
});

test("all memory types of a device together have a peak of their own", () => {
  const records = new Records().allocate(1, 100).free(1).allocate(2, 80, { memoryType: "L1" }).allocate(3, 40);
  assert.deepEqual(records.memory.groupPeaks()(1).together, [{ device: 0, openedAs: null, sizeBytes: 120 * BANKS }]);
});

test("after a loss no peak of a test is reported, because what is live is not known", () => {
  const records = new Records().allocate(1, 100);
  records.memory.lost(3);
  assert.equal(records.in(SECOND).allocate(2, 5).dram(2), undefined);
});

test("the end of an allocator ends what it had", () => {
  const records = new Records().allocate(1, 100).record({ kind: "allocator-destroyed" });
  assert.deepEqual(records.in(SECOND).allocate(2, 5).dram(2), { own: 5, total: 5, others: 0, intermediates: 0 });
});

test("any order of events has the peaks that adding up after each of them finds", () => {
  const step = fc.record({
    buffer: fc.nat(6),
    context: fc.constantFrom(SETUP, FIXTURE, CALL, SECOND, SECOND + 2),
    size: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ordered = steps.toSorted((a, b) => Math.floor(a.context / GROUP) - Math.floor(b.context / GROUP));
      const records = new Records();
      const live = new Map<number, { size: number; context: number }>();
      const most = new Map<number, { own: number; total: number }>();
      for (const { buffer, context, size } of ordered) {
        const group = Math.floor(context / GROUP);
        const sumOf = (isOwn: (context: number) => boolean) =>
          [...live.values()].reduce((sum, each) => sum + (isOwn(each.context) ? each.size : 0), 0);
        const before = most.get(group) ?? { own: 0, total: sumOf(() => true) };
        records.in(context);
        if (live.delete(buffer)) records.free(buffer);
        else {
          live.set(buffer, { size, context });
          records.allocate(buffer, size);
        }
        const own = sumOf((each) => Math.floor(each / GROUP) === group && each % 2 === 0);
        most.set(group, {
          own: Math.max(before.own, own),
          total: Math.max(
            before.total,
            sumOf(() => true),
          ),
        });
      }
      for (const [group, { own, total }] of most) {
        const found = records.dram(group);
        assert.deepEqual([found?.own, found?.total], [own, total]);
      }
    }),
  );
});
