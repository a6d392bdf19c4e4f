import assert from "node:assert/strict";
import { it } from "node:test";
import { BufferMessage, MessageType } from "../../model/buffer-message.ts";
import type { EarlierVersion } from "../../model/earlier-version.ts";
import type { RemainingGroup } from "../../model/server-view.ts";
import { CompatBooks } from "./books.ts";
import { COMPAT_RULES } from "./rules.ts";

const MESSAGES = 20_000;
const SWEEP_EVERY = 1000;
const GIB = 1024n ** 3n;
const KINDS = [1, 1, 1, 2, 2, 2, 8, 9, 10, 11];
const SIZES = [0n, 1n, 4096n, 36_864n, 14_753_792n, 100n * GIB, 100n * GIB + 1n, 2n ** 63n, 2n ** 64n - 1n];
const PIDS = [-5, 0, 11, 12, 13, 14];

/** Counts what each key adds up to with numbers that know no limits, and wraps only what it compares. */
class NaiveBooks {
  readonly live = new Map<string, { size: bigint; name: string; pid: number; refs: number; device: number }>();
  readonly programs = new Map<string, { size: bigint; name: string; pid: number; device: number }>();
  readonly totals = new Map<string, bigint>();
  readonly #version: EarlierVersion;

  constructor(version: EarlierVersion) {
    this.#version = version;
  }

  add(device: number, name: string, size: bigint): void {
    this.totals.set(`${device} ${name}`, (this.totals.get(`${device} ${name}`) ?? 0n) + size);
  }

  total(device: number, name: string): bigint {
    return ((this.totals.get(`${device} ${name}`) ?? 0n) + 2n ** 80n) % 2n ** 64n;
  }

  apply(kind: number, device: number, size: bigint, type: number, pid: number, id: bigint): void {
    if (kind === 1) this.#allocate(device, size, type, pid, id);
    else if (kind === 2) this.#free(`${device}/${id}`);
    else if (this.#version === "v144") this.#program(kind, device, size, pid, id);
  }

  #allocate(device: number, size: bigint, type: number, pid: number, id: bigint): void {
    if (type > 4 || (this.#version === "v144" && (size === 0n || size > 100n * GIB))) return;
    const known = this.live.get(`${device}/${id}`);
    if (known !== undefined) {
      known.refs += 1;
      if (this.#version === "v72e") known.size = size;
      return;
    }
    const name = ["dramBytes", "l1Bytes", "l1SmallBytes", "l1SmallBytes", "traceBytes"][type] ?? "";
    this.live.set(`${device}/${id}`, { size, name, pid, refs: 1, device });
    this.add(device, name, size);
  }

  #free(key: string): void {
    const known = this.live.get(key);
    if (known === undefined) return;
    known.refs -= 1;
    if (known.refs > 0) return;
    this.live.delete(key);
    this.add(known.device, known.name, -known.size);
  }

  #program(kind: number, device: number, size: bigint, pid: number, id: bigint): void {
    const name = kind < 10 ? "cbBytes" : "kernelBytes";
    const key = `${name} ${device}/${id}`;
    if (kind === 11 && !this.programs.has(key)) return;
    if (kind === 8 || kind === 10) this.programs.set(key, { size, name, pid, device });
    else this.programs.delete(key);
    this.add(device, name, kind === 8 || kind === 10 ? size : -size);
  }

  removeOwner(pid: number): void {
    for (const entries of [this.live, this.programs]) {
      for (const [key, { pid: owner, device, name, size }] of entries) {
        if (owner !== pid) continue;
        entries.delete(key);
        this.add(device, name, -size);
      }
    }
  }
}

function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}

function compare(books: CompatBooks, naive: NaiveBooks, version: EarlierVersion): void {
  for (let device = 0; device < 8; device += 1) {
    const { device: _, buffers, ...bytes } = books.counters(device);
    for (const [name, value] of Object.entries(bytes)) assert.equal(value, naive.total(device, name), name);
    assert.equal(buffers, [...naive.live.values()].filter((each) => each.device === device).length);
  }
  assert.equal(books.statistics().active, naive.live.size);
  const { groups, total } = books.remaining(Number.POSITIVE_INFINITY);
  assert.equal(total, naive.live.size);
  const references = groups.flatMap(({ listed }) => listed.map(({ refCount }) => refCount));
  assert.deepEqual(references.toSorted(), [...naive.live.values()].map(({ refs }) => refs).toSorted());
  if (version === "v72e") return;
  const bytesOf = (listed: RemainingGroup["listed"]): bigint => listed.reduce((sum, each) => sum + each.sizeBytes, 0n);
  for (const { sizeBytes, listed } of groups) assert.equal(sizeBytes, Number(BigInt.asUintN(64, bytesOf(listed))));
  const held = groups.reduce((sum, { listed }) => sum + bytesOf(listed), 0n);
  const counted = books.statistics().devices.reduce((sum, each) => {
    return sum + each.dramBytes + each.l1Bytes + each.l1SmallBytes + each.traceBytes;
  }, 0n);
  assert.equal(BigInt.asUintN(64, held), BigInt.asUintN(64, counted));
}

for (const version of ["v72", "v72e", "v112a", "v112b", "v144"] as const) {
  it(`books of ${version} agree with a naive model over ${MESSAGES} random messages and deaths`, () => {
    const books = new CompatBooks(COMPAT_RULES[version]);
    const naive = new NaiveBooks(version);
    const next = randomNumbers(version.length * 977);
    const message = new BufferMessage();
    for (let at = 1; at <= MESSAGES; at += 1) {
      const size = SIZES[next(SIZES.length)] ?? 0n;
      message.type = KINDS[next(KINDS.length)] ?? MessageType.allocate;
      message.device = next(8);
      message.memoryType = next(7);
      message.pid = PIDS[next(PIDS.length)] ?? 0;
      message.idLow = next(40);
      message.idHigh = 0 - next(2);
      message.sizeLow = Number(BigInt.asIntN(32, size));
      message.sizeHigh = Number(BigInt.asIntN(32, size >> 32n));
      const id = BigInt(message.idLow) + (message.idHigh === 0 ? 0n : 0xffff_ffffn << 32n);
      books.apply(message, message.pid, at);
      naive.apply(message.type, message.device, size, message.memoryType, message.pid, id);
      if (at % SWEEP_EVERY !== 0) continue;
      const dead = PIDS[next(PIDS.length)] ?? 0;
      books.removeOwner(dead);
      naive.removeOwner(dead);
      assert.ok(!books.owners().includes(dead));
      compare(books, naive, version);
    }
  });
}
