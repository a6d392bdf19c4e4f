import type { TestRef } from "../../model/event.ts";
import type { OtherAllocation } from "../../model/run-record.ts";
import type { TraceContext } from "../../model/trace-record.ts";
import { sizeBytesOf } from "../traced-size.ts";
import type { TracedBuffer } from "./traced-buffer.ts";
import { TracedMemory } from "./traced-memory.ts";
import { TracedNames } from "./traced-names.ts";

interface Left {
  readonly buffer: TracedBuffer;
  readonly process: number;
  readonly ref: TestRef;
  readonly at: TraceContext;
  readonly names: Pick<TracedNames, "contextAt">;
}

/**
 * A traced process that runs no pytest, such as an engine that a test started: there is nobody in it to ask, so what it
 * allocated is charged by time to the test that ran, and by what is still live when that test ends.
 */
export class OtherProcess {
  readonly pid: number;
  readonly memory = new TracedMemory();
  readonly names = new TracedNames();
  readonly #left = new Map<TracedBuffer, Left>();
  /** Of those, what is known to have died after the end of the last test. */
  #dying: TracedBuffer[] = [];
  /** The end of the last test. */
  #testedNs = 0;
  #isChecked = false;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** Whether a test has been charged, or could have been, with what it allocates. */
  get isChecked(): boolean {
    return this.#isChecked;
  }

  /**
   * A test of a pytest process has ended, maybe a while ago. What was born before its end and lived on was left by the
   * test that ran then. Tells whether anything was allocated or freed here since the test before.
   * `names`: those of the pytest process.
   */
  endTest(process: number, endNs: number, names: Pick<TracedNames, "contextAt">): boolean {
    this.#isChecked = true;
    const born = this.memory.takeBorn(endNs);
    const isInTest = (timeNs: number | null) => timeNs !== null && timeNs > this.#testedNs && timeNs <= endNs;
    const died = [...this.#dying, ...this.memory.takeDied().filter((buffer) => this.#left.has(buffer))];
    const isUsed = born.length > 0 || died.some(({ diedNs }) => isInTest(diedNs));
    this.#testedNs = endNs;
    this.#dying = died.filter(({ diedNs }) => diedNs !== null && diedNs > endNs);
    for (const buffer of born) {
      const at = names.contextAt(buffer.bornNs);
      const livedOn = buffer.diedNs === null || buffer.diedNs > endNs;
      if (!at?.ref || !livedOn) continue;
      if (buffer.diedNs !== null) this.#dying.push(buffer);
      this.#left.set(buffer, { buffer, process, ref: at.ref, at, names });
    }
    return isUsed;
  }

  allocations(): OtherAllocation[] {
    return [...this.#left.values()].map(({ buffer, process, ref, at: { phase, fixture }, names }) => ({
      pid: this.pid,
      process,
      ref,
      phase,
      fixture,
      device: buffer.device,
      chip: buffer.chip,
      memoryType: buffer.memoryType,
      address: BigInt(buffer.address),
      sizeBytes: sizeBytesOf(buffer),
      requestedBytes: buffer.requestedBytes,
      bytesPerBank: buffer.bytesPerBank,
      ...this.names.lineOf(buffer),
      end: endOf(buffer, names),
    }));
  }
}

/** What a test frees in its call it has asked for; at the end of a test, fixtures end, and processes with them. */
function endOf({ isFreed, diedNs }: TracedBuffer, names: Pick<TracedNames, "contextAt">): OtherAllocation["end"] {
  if (!isFreed || diedNs === null) return "never-freed";
  const phase = names.contextAt(diedNs)?.phase;
  return phase === "setup" || phase === "call" ? "late" : "freed";
}
