import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import {
  DEATH,
  DEVICES,
  DOUBLE_FREED_MAX,
  fill,
  type Held,
  NaiveBooks,
  pidOf,
  REAP,
  SENT_PID,
  type Step,
  step,
  sum,
  type Told,
} from "../../../../fixtures/allocation-server/naive-books.ts";
import { BufferMessage, MessageType } from "../../model/buffer-message.ts";
import { bufferTypeName } from "../../model/buffer-type.ts";
import { REMEMBERED_MAX } from "./remembered-frees.ts";
import { ServerBooks } from "./server-books.ts";
import { dumpSteps } from "./walk-entries.ts";

const RUNS = 200;
/** Half as many on average. */
const MESSAGES_MAX = 600;
const COMPARE_EVERY = 60;

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
  for (let index = 0; index < 20 * REMEMBERED_MAX; index += 1) {
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
    if (index === 10 * REMEMBERED_MAX) compareDeath(books, naive, 0);
    if (index % 1000 === 0) books.reap(100);
  }
  const freed = naive.outcomes.get("freed") ?? 0;
  assert.ok(freed > 2 * REMEMBERED_MAX, `${freed} frees make too few be forgotten`);
  compareViews(books, naive);
});
