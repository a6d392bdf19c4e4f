import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { BufferMessage, MessageType } from "../../model/buffer-message.ts";
import { bufferTypeName } from "../../model/buffer-type.ts";
import type { BufferOutcome, DeviceCounters, HistoryEvent } from "../../model/server-view.ts";
import { REMEMBERED_MAX } from "./remembered-frees.ts";
import { ServerBooks } from "./server-books.ts";
import { dumpSteps } from "./server-views.ts";

const RUNS = 200;
/** Half as many on average. */
const MESSAGES_MAX = 600;
const COMPARE_EVERY = 60;
const OWNERS = 4;
/** Double-freed buffers that a view names. */
const DOUBLE_FREED_MAX = 1000;
const SENT_PID = 7;
const SIZE_MAX = 2n ** 40n;

const DEVICES = [0, 0, 1, 7, 1023, 1024, -1, 2 ** 30];
const IDS = [0n, 4096n, 8192n, 2n ** 31n, 2n ** 32n + 4096n, 2n ** 53n + 1n, 2n ** 64n - 1n];
const SIZES = [0n, 1n, 4096n, 2n ** 31n, 2n ** 32n + 5n, SIZE_MAX, SIZE_MAX + 1n, 2n ** 64n - 1n];

/** What one step does: a message, mostly. */
interface Step {
  readonly kind: number;
  readonly owner: number;
  readonly device: number;
  readonly id: bigint;
  readonly size: bigint;
  readonly type: number;
}

const KINDS = [1, 1, 1, 2, 2, 2, 8, 9, 10, 11, 3, 99];
const DEATH = 100;
const REAP = 101;

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...KINDS) },
    { weight: 1, arbitrary: fc.constant(DEATH) },
    {
      weight: 4,
      arbitrary: fc.constant(REAP),
    },
  ),
  owner: fc.nat(OWNERS - 1),
  device: fc.constantFrom(...DEVICES),
  id: fc.constantFrom(...IDS),
  size: fc.constantFrom(...SIZES),
  type: fc.nat(6),
});

interface Held {
  readonly kind: "buffer" | "cb" | "kernel";
  readonly owner: number;
  readonly device: number;
  readonly id: bigint;
  size: bigint;
  type: number;
  refs: number;
  allocs: number;
  frees: number;
  birth: number;
  death: number;
  /** Newest first. */
  events: HistoryEvent[];
}

interface Told {
  readonly outcome: BufferOutcome;
  readonly held: Held | null;
  readonly eventsBefore: readonly HistoryEvent[];
  readonly previous: bigint | null;
  readonly refusal: string | null;
}

/** The books as one would write them down who has all the time and memory in the world. */
class NaiveBooks {
  readonly held = new Map<string, Held>();
  readonly owners = new Set<number>();
  readonly outcomes = new Map<string, number>();
  readonly #deaths: Held[] = [];
  births = 0;
  resized = 0;

  apply(step: Step): Told {
    const told = this.#book(step);
    this.outcomes.set(told.outcome, (this.outcomes.get(told.outcome) ?? 0) + 1);
    return told;
  }

  #book(step: Step): Told {
    switch (step.kind) {
      case MessageType.allocate:
        return step.type > 4 ? nothing("refused", "buffer-type") : this.#allocate("buffer", "allocated", step);
      case MessageType.cbAllocate:
        return this.#allocate("cb", "cb-allocated", { ...step, type: 0 });
      case MessageType.kernelLoad:
        return this.#allocate("kernel", "kernel-loaded", step);
      case MessageType.free:
        return this.#free("buffer", "freed", step);
      case MessageType.cbFree:
        return this.#free("cb", "cb-freed", step);
      case MessageType.kernelUnload:
        return this.#free("kernel", "kernel-unloaded", step);
      default:
        return nothing("ignored", null);
    }
  }

  #allocate(kind: Held["kind"], born: BufferOutcome, { owner, device, id, size, type }: Step): Told {
    if (device < 0 || device > 1023) return nothing("refused", "device");
    if (size > SIZE_MAX) return nothing("refused", "size");
    this.owners.add(owner);
    const key = keyOf(kind, owner, device, id);
    const fresh: Held = {
      kind,
      owner,
      device,
      id,
      size,
      type,
      refs: 0,
      allocs: 0,
      frees: 0,
      birth: 0,
      death: 0,
      events: [],
    };
    const held = this.held.get(key) ?? fresh;
    this.held.set(key, held);
    const isLive = held.refs > 0;
    const isResized = isLive && (held.size !== size || held.type !== type);
    const previous = isResized ? held.size : null;
    if (isResized) this.resized += 1;
    if (!isLive) {
      this.births += 1;
      held.birth = this.births;
    }
    held.refs = kind === "buffer" ? held.refs + 1 : 1;
    held.size = size;
    held.type = type;
    held.allocs += 1;
    const outcome = isLive && kind === "buffer" ? "referenced" : born;
    return tell(held, outcome, isLive ? "REUSE" : "ALLOC", previous);
  }

  #free(kind: Held["kind"], freed: BufferOutcome, { owner, device, id }: Step): Told {
    const held = this.held.get(keyOf(kind, owner, device, id));
    if (held === undefined) {
      const others = [...this.held.values()].filter((each) => each.kind === kind && each.device === device);
      const isForeign = others.some((each) => each.id === id && each.refs > 0);
      return nothing(isForeign ? "foreign-free" : "unknown-free", null);
    }
    held.frees += 1;
    if (held.refs === 0) return tell(held, "double-free", "FREE", null);
    held.refs -= 1;
    if (held.refs > 0) return tell(held, "released", "FREE", null);
    this.#bury(held);
    return tell(held, freed, "FREE", null);
  }

  #bury(held: Held): void {
    held.death = this.#deaths.push(held);
    const oldest = this.#deaths[held.death - 1 - REMEMBERED_MAX];
    // Buried again since, or alive: another place stands for it, or none.
    if (oldest === undefined || oldest.refs > 0 || oldest.death !== held.death - REMEMBERED_MAX) return;
    const key = keyOf(oldest.kind, oldest.owner, oldest.device, oldest.id);
    if (this.held.get(key) === oldest) this.held.delete(key);
  }

  live(): Held[] {
    return [...this.held.values()].filter(({ refs }) => refs > 0);
  }

  removeOwner(owner: number): Held[] {
    const gone = this.live().filter((held) => held.owner === owner);
    for (const [key, held] of this.held) if (held.owner === owner) this.held.delete(key);
    this.owners.delete(owner);
    return gone;
  }

  counters(device: number): DeviceCounters {
    const live = this.live().filter((held) => held.device === device);
    const bytes = (kind: Held["kind"], ...types: number[]): bigint =>
      sum(live.filter((held) => held.kind === kind && (types.length === 0 || types.includes(held.type))));
    return {
      device,
      buffers: live.filter(({ kind }) => kind === "buffer").length,
      dramBytes: bytes("buffer", 0),
      l1Bytes: bytes("buffer", 1),
      l1SmallBytes: bytes("buffer", 2, 3),
      traceBytes: bytes("buffer", 4),
      cbBytes: bytes("cb"),
      kernelBytes: bytes("kernel"),
    };
  }
}

function keyOf(kind: string, owner: number, device: number, id: bigint): string {
  return `${kind}/${owner}/${device}/${id}`;
}

function sum(held: readonly Held[]): bigint {
  return held.reduce((total, { size }) => total + size, 0n);
}

function nothing(outcome: BufferOutcome, refusal: string | null): Told {
  return { outcome, held: null, eventsBefore: [], previous: null, refusal };
}

function tell(held: Held, outcome: BufferOutcome, kind: HistoryEvent["kind"], previous: bigint | null): Told {
  const eventsBefore = held.events;
  held.events = [{ kind, sizeBytes: held.size, pid: pidOf(held.owner), refCount: held.refs }, ...eventsBefore];
  return { outcome, held, eventsBefore, previous, refusal: null };
}

function pidOf(owner: number): number {
  return 1000 + owner;
}

function fill(message: BufferMessage, { kind, device, id, size, type }: Step): void {
  message.type = kind;
  message.device = device;
  message.memoryType = type;
  message.pid = SENT_PID;
  message.idLow = Number(BigInt.asIntN(32, id));
  message.idHigh = Number(BigInt.asIntN(32, id >> 32n));
  message.sizeLow = Number(BigInt.asIntN(32, size));
  message.sizeHigh = Number(BigInt.asIntN(32, size >> 32n));
}

function compareEvent(books: ServerBooks, naive: NaiveBooks, told: Told, step: Step): void {
  const { held, outcome } = told;
  const isFree = step.kind === MessageType.free;
  const isCb = step.kind === MessageType.cbAllocate || step.kind === MessageType.cbFree;
  const isKernel = step.kind === MessageType.kernelLoad || step.kind === MessageType.kernelUnload;
  const { cbBytes, kernelBytes } = naive.counters(step.device);
  const { history, ...event } = books.lastEvent();
  assert.deepEqual(event, {
    outcome,
    device: step.device,
    address: step.id,
    sizeBytes: isFree ? (held?.size ?? 0n) : step.size,
    typeIndex: isFree ? (held?.type ?? 0) : step.type,
    pid: outcome === "freed" || outcome === "released" ? pidOf(step.owner) : SENT_PID,
    refCount: held?.refs ?? 0,
    previousSizeBytes: told.previous,
    totalBytes: isCb ? cbBytes : isKernel ? kernelBytes : 0n,
    refusal: told.refusal,
  });
  if (held === null) assert.equal(history, null);
  else assert.deepEqual(history?.events, told.eventsBefore);
}

function compareViews(books: ServerBooks, naive: NaiveBooks): void {
  for (const device of DEVICES) assert.deepEqual(books.counters(device), naive.counters(device));
  const live = naive.live();
  const buffers = live.filter(({ kind }) => kind === "buffer");
  assert.equal(books.live, live.length);
  assert.equal(books.births, naive.births);
  assert.equal(books.statistics().active, buffers.length);
  assert.deepEqual(books.owners(), [...naive.owners].toSorted());
  assert.equal(books.totals().resized, naive.resized);
  assert.deepEqual(new Map(Object.entries(books.totals().outcomes)), new Map([...naive.outcomes]));
  compareRemaining(books, naive, buffers);
  const kernels = live.filter(({ kind }) => kind === "kernel");
  assert.deepEqual(
    books
      .kernels(5000)
      .kernels.map(({ device, id, sizeBytes, pid }) => `${device} ${id} ${sizeBytes} ${pid}`)
      .toSorted(),
    kernels.map(({ device, id, size, owner }) => `${device} ${id} ${size} ${pidOf(owner)}`).toSorted(),
  );
  const since = naive.births >> 1;
  assert.deepEqual(
    [...dumpSteps(books, { since, listedMax: 0, isEach: true, hasHistories: false, sources: "all" })]
      .flat()
      .map(({ birth, address, allocs, frees }) => ({ birth, address, allocs, frees }))
      .toSorted((a, b) => a.birth - b.birth),
    buffers
      .filter(({ birth }) => birth > since)
      .map(({ birth, id, allocs, frees }) => ({ birth, address: id, allocs, frees }))
      .toSorted((a, b) => a.birth - b.birth),
  );
}

function compareRemaining(books: ServerBooks, naive: NaiveBooks, buffers: readonly Held[]): void {
  const { total, groups, doubleFreed } = books.remaining(Number.POSITIVE_INFINITY);
  assert.equal(total, buffers.length);
  const listed = groups.flatMap((group) => {
    assert.equal(group.buffers, group.listed.length);
    assert.equal(
      BigInt(group.sizeBytes),
      group.listed.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0n),
    );
    return group.listed.map((each) => {
      return `${group.device} ${group.memoryType} ${each.address} ${each.sizeBytes} ${each.pid} ${each.refCount} ${each.history?.allocs}`;
    });
  });
  const naively = buffers.map((held) => {
    return `${held.device} ${bufferTypeName(held.type)} ${held.id} ${held.size} ${pidOf(held.owner)} ${held.refs} ${held.allocs}`;
  });
  assert.deepEqual(listed.toSorted(), naively.toSorted());
  const twice = [...naive.held.values()].filter((held) => held.kind === "buffer" && held.frees > held.allocs);
  const seen = doubleFreed.map(({ device, address, history }) => `${device} ${address} ${history.frees}`);
  const naivelySeen = twice.map(({ device, id, frees }) => `${device} ${id} ${frees}`);
  if (naivelySeen.length <= DOUBLE_FREED_MAX) assert.deepEqual(seen.toSorted(), naivelySeen.toSorted());
  else assert.equal(seen.length, DOUBLE_FREED_MAX);
}

function compareDeath(books: ServerBooks, naive: NaiveBooks, owner: number): void {
  const gone = naive.removeOwner(owner);
  const of = (kind: Held["kind"]): Held[] => gone.filter((held) => held.kind === kind);
  const { groups, isTraced: _, ...dead } = books.removeOwner(owner);
  const told = groups.map(
    ({ device, memoryType, buffers, sizeBytes }) => `${device} ${memoryType} ${buffers} ${sizeBytes}`,
  );
  const naively = [...Map.groupBy(of("buffer"), ({ device, type }) => `${device} ${bufferTypeName(type)}`)];
  assert.deepEqual(told.toSorted(), naively.map(([place, held]) => `${place} ${held.length} ${sum(held)}`).toSorted());
  assert.deepEqual(dead, {
    pid: pidOf(owner),
    buffers: of("buffer").length,
    bufferBytes: sum(of("buffer")),
    cbs: of("cb").length,
    cbBytes: sum(of("cb")),
    kernels: of("kernel").length,
    kernelBytes: sum(of("kernel")),
  });
}

it(`agrees with a naive model over ${RUNS} streams of up to ${MESSAGES_MAX} random messages, deaths and reaps`, () => {
  const steps = fc.array(step, { maxLength: MESSAGES_MAX, size: "max" });
  fc.assert(
    fc.property(steps, (stream) => {
      const books = new ServerBooks(pidOf);
      const naive = new NaiveBooks();
      const message = new BufferMessage();
      for (const [index, step] of stream.entries()) {
        if (step.kind === DEATH) compareDeath(books, naive, step.owner);
        else if (step.kind === REAP) books.reap(1 + step.type);
        else {
          fill(message, step);
          books.messages.apply(message, step.owner, 1000 + index);
          compareEvent(books, naive, naive.apply(step), step);
        }
        if (index % COMPARE_EVERY === 0) compareViews(books, naive);
      }
      compareViews(books, naive);
    }),
    { numRuns: RUNS },
  );
});

it("agrees with a naive model once freed buffers were forgotten", () => {
  const books = new ServerBooks(pidOf);
  const naive = new NaiveBooks();
  const message = new BufferMessage();
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
  for (let index = 0; index < 40 * REMEMBERED_MAX; index += 1) {
    const step = {
      kind: next(5) < 2 ? MessageType.allocate : MessageType.free,
      owner: next(2),
      device: next(3),
      id: BigInt(next(1500)) * 2048n,
      size: 4096n,
      type: 0,
    };
    fill(message, step);
    books.messages.apply(message, step.owner, 0);
    const { outcome } = naive.apply(step);
    assert.equal(books.lastEvent().outcome, outcome);
    if (index === 20 * REMEMBERED_MAX) compareDeath(books, naive, 0);
    if (index % 1000 === 0) books.reap(100);
  }
  const freed = naive.outcomes.get("freed") ?? 0;
  assert.ok(freed > REMEMBERED_MAX, `${freed} frees make none be forgotten`);
  compareViews(books, naive);
});
