import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { BufferMessage, MessageType } from "../../model/buffer-message.ts";
import { bufferTypeName } from "../../model/buffer-type.ts";
import type { BufferOutcome } from "../../model/server-view.ts";
import { ServerBooks } from "./server-books.ts";

type Kind = "buffer" | "cb" | "kernel";

interface Live {
  readonly kind: Kind;
  readonly process: number;
  readonly device: number;
  readonly id: number;
  size: number;
  type: number;
  references: number;
}

const KINDS: Readonly<Record<number, readonly [Kind, "in" | "out"]>> = {
  [MessageType.allocate]: ["buffer", "in"],
  [MessageType.free]: ["buffer", "out"],
  [MessageType.cbAllocate]: ["cb", "in"],
  [MessageType.cbFree]: ["cb", "out"],
  [MessageType.kernelLoad]: ["kernel", "in"],
  [MessageType.kernelUnload]: ["kernel", "out"],
};
const IN: Readonly<Record<Kind, BufferOutcome>> = { buffer: "allocated", cb: "cb-allocated", kernel: "kernel-loaded" };
const OUT: Readonly<Record<Kind, BufferOutcome>> = { buffer: "freed", cb: "cb-freed", kernel: "kernel-unloaded" };

/** The books as one would write them without thinking of speed; freed buffers are never forgotten. */
class NaiveBooks {
  readonly live = new Map<string, Live>();
  readonly freed = new Set<string>();

  apply({ type, device, id, size, memoryType, process }: Step): BufferOutcome {
    const [kind, way] = KINDS[type] ?? ["buffer", "in"];
    const key = `${kind} ${process} ${device} ${id}`;
    return way === "in"
      ? this.#in(key, { kind, process, device, id, size, type: memoryType, references: 1 })
      : this.#out(key);
  }

  #in(key: string, sent: Live): BufferOutcome {
    const live = this.live.get(key);
    this.freed.delete(key);
    if (live === undefined || sent.kind !== "buffer") this.live.set(key, sent);
    else Object.assign(live, { size: sent.size, type: sent.type, references: live.references + 1 });
    return live !== undefined && sent.kind === "buffer" ? "referenced" : IN[sent.kind];
  }

  #out(key: string): BufferOutcome {
    const live = this.live.get(key);
    if (live === undefined) return this.#missing(key);
    live.references -= 1;
    if (live.references > 0) return "released";
    this.live.delete(key);
    this.freed.add(key);
    return OUT[live.kind];
  }

  #missing(key: string): BufferOutcome {
    if (this.freed.has(key)) return "double-free";
    const [kind, , device, id] = key.split(" ");
    const isForeign = [...this.live.values()].some(
      (other) => other.kind === kind && `${other.device}` === device && `${other.id}` === id,
    );
    return isForeign ? "foreign-free" : "unknown-free";
  }

  remove(process: number): number {
    const keys = [...this.live].filter(([, live]) => live.process === process).map(([key]) => key);
    for (const key of keys) this.live.delete(key);
    for (const key of this.freed) if (key.split(" ")[1] === `${process}`) this.freed.delete(key);
    return keys.length;
  }
}

interface Step {
  readonly type: number;
  readonly device: number;
  readonly id: number;
  readonly size: number;
  readonly memoryType: number;
  readonly process: number;
  /** Removes the process instead, or frees some removed entries. */
  readonly instead: "remove" | "reap" | null;
}

const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom(...Object.keys(KINDS).map(Number), 1, 2, 1, 2),
  device: fc.constantFrom(0, 1, 9, 1023),
  id: fc.nat({ max: 6 }),
  size: fc.constantFrom(0, 1, 4096, 2 ** 32 + 1),
  memoryType: fc.nat({ max: 4 }),
  process: fc.nat({ max: 3 }),
  instead: fc.oneof({ weight: 40, arbitrary: fc.constant(null) }, fc.constantFrom("remove" as const, "reap" as const)),
});

function take(books: ServerBooks, naive: NaiveBooks, each: Step): void {
  if (each.instead === "reap") {
    books.reap(3);
  } else if (each.instead === "remove") {
    const { buffers, cbs, kernels } = books.removeOwner(each.process);
    assert.equal(buffers + cbs + kernels, naive.remove(each.process));
  } else {
    const message = new BufferMessage();
    const { type, device, id, size, memoryType, process } = each;
    const sizeHigh = Math.floor(size / 2 ** 32);
    Object.assign(message, { type, device, memoryType, pid: process, idLow: id, sizeLow: size | 0, sizeHigh });
    books.messages.apply(message, process, 0);
    assert.equal(books.lastEvent().outcome, naive.apply(each));
  }
}

function sum(naive: NaiveBooks, wanted: (live: Live) => boolean): bigint {
  return [...naive.live.values()].filter(wanted).reduce((total, { size }) => total + BigInt(size), 0n);
}

function checkViews(books: ServerBooks, naive: NaiveBooks): void {
  const lives = [...naive.live.values()];
  assert.equal(books.live, lives.length);
  for (const device of [0, 1, 9, 1023]) {
    const counters = books.counters(device);
    const of = (kind: Kind, ...types: readonly number[]) =>
      sum(
        naive,
        (live) => live.device === device && live.kind === kind && (kind !== "buffer" || types.includes(live.type)),
      );
    const { dramBytes, l1Bytes, l1SmallBytes, traceBytes, cbBytes, kernelBytes } = counters;
    assert.deepEqual(
      [dramBytes, l1Bytes, l1SmallBytes, traceBytes, cbBytes, kernelBytes],
      [of("buffer", 0), of("buffer", 1), of("buffer", 2, 3), of("buffer", 4), of("cb"), of("kernel")],
    );
  }
  const line = (...fields: readonly (string | number | bigint)[]) => fields.join(" ");
  const listed = books
    .remaining(1000)
    .groups.flatMap(({ device, memoryType, listed }) =>
      listed.map((each) => line(device, memoryType, each.address, each.sizeBytes, each.pid, each.refCount)),
    );
  const wanted = lives
    .filter(({ kind }) => kind === "buffer")
    .map((live) => line(live.device, bufferTypeName(live.type), live.id, live.size, live.process, live.references));
  assert.deepEqual(listed.toSorted(), wanted.toSorted());
  const kernels = books.kernels(0).kernels.map(({ device, id, pid }) => line(device, id, pid));
  const loaded = lives
    .filter(({ kind }) => kind === "kernel")
    .map(({ device, id, process }) => line(device, id, process));
  assert.deepEqual(kernels.toSorted(), loaded.toSorted());
}

it("agrees with naive books on random messages of several processes that come and go", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const books = new ServerBooks((id) => id);
      const naive = new NaiveBooks();
      for (const each of steps) take(books, naive, each);
      checkViews(books, naive);
    }),
    { numRuns: 300 },
  );
});
