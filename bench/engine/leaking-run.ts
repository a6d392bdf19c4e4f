import type { FixtureRef, Moment } from "../../src/core/model/measurement.ts";
import { MEMORY_TYPES, type MemoryType } from "../../src/core/model/memory-type.ts";
import type { TraceRecord } from "../../src/core/model/trace-record.ts";
import { PLUGIN_PROTOCOL } from "../../src/in/wire/plugin-protocol.ts";

/** One thing that a watched pytest process does: says a line, or records an event in its ring. */
export type Step =
  | { readonly kind: "line"; readonly line: Readonly<Record<string, unknown>> }
  | { readonly kind: "record"; readonly record: Partial<TraceRecord> };

const BANKS = 12;
const TOTAL_BYTES_PER_BANK = 1_072_693_184;
const BLOCK_BYTES_PER_BANK = 2048;
const FIRST_ADDRESS = 0x100040;
/** Tests that share a class, whose fixture ends after them. */
const TESTS_OF_A_CLASS = 20;
/** As the plugin numbers them. */
const CONTEXTS_OF_A_GROUP = 256;
/** Blocks up to which the plugin lists all of them after any event; beyond it, only where the figures moved. */
const LISTED_UP_TO = 1000;

/**
 * What the plugin says of a run in growth mode, and what the tracer records: of each two tests one leaks a tensor. Half of those are
 * parameters of one test, so that all leave the same; the other half are tests of their own.
 */
export class LeakingRun {
  readonly #tests: number;
  #context = 0;
  #mark = 0;
  #live = 0;
  #nowNs = 1_000_000;

  constructor(tests: number) {
    this.#tests = tests;
  }

  *steps(ring: string): Iterable<Step> {
    yield say({ ...HELLO, pid: process.pid, rootDir: "/suite" });
    yield say({ kind: "tracing", state: "live", reason: "", ring });
    yield say({ kind: "collected", tests: this.#tests });
    yield* this.#look("open", SESSION_DEVICE, MEMORY_TYPES);
    for (let index = 0; index < this.#tests; index += 1) yield* this.#test(index);
    yield* this.#look("close", null, []);
    yield say({ kind: "bye", exitStatus: 0, dropped: 0 });
  }

  *#test(index: number): Iterable<Step> {
    const isLeaking = index % 2 === 1;
    const base =
      index % 4 === 1 ? "tests/test_cache.py::test_keeps" : `tests/test_${index % 100}.py::test_keeps_${index}`;
    const test = `${base}[${index}]`;
    yield say({
      kind: "test-begin",
      test,
      attempt: 1,
      base,
      index,
      repeat: 0,
      limits: { total: null, perType: {} },
      reason: null,
    });
    yield* this.#look("before", null, []);
    this.#beginGroup();
    yield this.#enter("setup");
    yield this.#enter("call");
    const address = FIRST_ADDRESS + this.#live * BLOCK_BYTES_PER_BANK;
    yield this.#allocate(address);
    if (!isLeaking) yield record({ kind: "free", ...this.#buffer(address) });
    yield this.#enter("teardown");
    if (isLeaking) yield* this.#leak(address, index);
    else yield* this.#look("after", null, this.#live <= LISTED_UP_TO ? ["DRAM"] : []);
    if (index % TESTS_OF_A_CLASS === 0) yield say({ kind: "fixture-end", fixture: { ...CLASS_FIXTURE, baseId: base } });
    yield say({ kind: "test-end", test, attempt: 1, outcome: "passed", durationMs: 2.628, atNs: this.#tick() });
    this.#beginGroup();
    yield this.#enter(null);
  }

  *#leak(address: number, index: number): Iterable<Step> {
    const block = { device: 1, memoryType: "DRAM", address: `0x${address.toString(16)}` };
    this.#live += 1;
    yield say({
      kind: "blocks",
      device: 1,
      memoryType: "DRAM",
      added: [[block.address, BLOCK_BYTES_PER_BANK]],
      removed: [],
    });
    yield* this.#look("after", null, ["DRAM"]);
    yield* this.#look("after-collect", null, []);
    yield* this.#look("after-clear", null, []);
    yield say({ kind: "tensor", ...block, dtype: "bfloat16", shape: [1, 1, 32, 32], logicalBytes: 2048 });
    yield say({ kind: "holders", ...block, paths: [`test_cache._CACHE['layer ${index}'][0]`] });
  }

  *#look(moment: Moment, fixture: FixtureRef | null, listed: readonly MemoryType[]): Iterable<Step> {
    this.#mark += 1;
    yield record({ kind: "mark", address: this.#mark });
    const allocated = this.#live * BLOCK_BYTES_PER_BANK;
    const usage = [
      ["DRAM", BANKS, TOTAL_BYTES_PER_BANK, allocated, TOTAL_BYTES_PER_BANK - allocated],
      ["L1", 64, 1_393_312, 0, 1_393_312],
      ["L1_SMALL", 0, 0, 0, 0],
      ["TRACE", BANKS, 0, 0, 0],
    ];
    const trace = { mark: this.#mark, isStill: true, listed };
    yield say({
      kind: "measurement",
      moment,
      fixture,
      device: DEVICE,
      usage,
      liveBlocks: this.#live,
      cacheEntries: 0,
      trace,
    });
  }

  #enter(phase: "setup" | "call" | "teardown" | null): Step {
    this.#context += 2;
    const group = Math.floor(this.#context / CONTEXTS_OF_A_GROUP);
    return say({ kind: "context", number: this.#context, group, phase, fixture: null, atNs: this.#tick() });
  }

  /** The contexts of a test, and those until the next one, have numbers of their own. */
  #beginGroup(): void {
    this.#context += CONTEXTS_OF_A_GROUP - (this.#context % CONTEXTS_OF_A_GROUP) - 2;
  }

  #allocate(address: number): Step {
    const place = { chip: 0, banks: BANKS, unitBytes: 32, bytesPerBank: BLOCK_BYTES_PER_BANK };
    const sizeBytes = BLOCK_BYTES_PER_BANK * BANKS;
    return record({ kind: "allocate", ...this.#buffer(address), ...place, sizeBytes, stack: 1, operation: 2 });
  }

  #buffer(address: number): Partial<TraceRecord> {
    return { address, buffer: address, context: this.#context, timeNs: this.#tick() };
  }

  #tick(): number {
    this.#nowNs += 1000;
    return this.#nowNs;
  }
}

const HELLO = {
  kind: "hello",
  protocol: PLUGIN_PROTOCOL,
  plugin: "0.1.0",
  worker: null,
  role: "single",
  python: "3.12.1",
  pytest: "9.2.0",
  ttnn: "0.81.1",
  clear: "growth",
  origin: "auto",
  junitFile: null,
  session: 1,
  parent: null,
};
const DEVICE = { key: 1, chips: [0], shape: [1, 1], parent: null };
const SESSION_DEVICE = { name: "device", scope: "session", baseId: "" } as const;
const CLASS_FIXTURE = { name: "model", scope: "class" } as const;

function say(line: Readonly<Record<string, unknown>>): Step {
  return { kind: "line", line };
}

function record(change: Partial<TraceRecord>): Step {
  return { kind: "record", record: change };
}
