import type { Device } from "../../model/device.ts";
import type { Limits, Outcome, RunEvent } from "../../model/event.ts";
import type { HostUse } from "../../model/host-memory.ts";
import type { TestPeaks } from "../../model/peak.ts";
import type { BadMark, Look, TestRecord } from "../../model/run-record.ts";
import type { SourceLine } from "../../model/stack.ts";

export type TestBegin = Extract<RunEvent, { kind: "test-begin" }>;
export type TestEnd = Extract<RunEvent, { kind: "test-end" }>;

/** One attempt of one test, from its begin on. All of a run are kept. */
export class OpenTest {
  readonly begin: TestBegin;
  devices: { readonly device: Device; looks: Look[] }[] = [];
  readonly #session: number;
  /** null: there are none, as with most tests. */
  #notChecked: string[] | null = null;
  #badMark: BadMark | null = null;
  #notWarmedUp: string | null = null;
  #notRepeated: string | null = null;
  #firstGroup: number | null = null;
  #lastGroup = 0;
  #otherPids: Set<number> | null = null;
  #outcome: Outcome | null = null;
  #durationMs: number | null = null;
  #hostBytesAfter: number | null = null;

  /** `session`: the number of its pytest session in its process. */
  constructor(begin: TestBegin, session: number) {
    this.begin = { ...begin, limits: sharedLimits(begin.limits) };
    this.#session = session;
  }

  get isChecked(): boolean {
    return this.#notChecked === null;
  }

  /** A context of the test is of this group. One that has very many goes on in the next group. */
  noteGroup(group: number): void {
    this.#firstGroup ??= group;
    this.#lastGroup = group;
  }

  groups(): readonly number[] {
    const first = this.#firstGroup;
    return first === null ? NONE : Array.from({ length: this.#lastGroup - first + 1 }, (_, index) => first + index);
  }

  /** `mark`: where its marker is, if that is why. */
  noteNotChecked(reason: string, mark: SourceLine | null = null): void {
    this.#notChecked ??= [];
    this.#notChecked.push(reason);
    if (mark !== null) this.#badMark = { reason, place: mark };
  }

  /** What it leaves counts from its first run on. */
  noteNotWarmedUp(reason: string): void {
    this.#notWarmedUp = reason;
  }

  /** Nothing tells whether what it left grows. */
  noteNotRepeated(reason: string): void {
    this.#notRepeated = reason;
  }

  /** A process without pytest used the device meanwhile. */
  noteOther(pid: number): void {
    this.#otherPids = (this.#otherPids ?? new Set()).add(pid);
  }

  addLook(device: Device, look: Look): void {
    const known = this.devices.find((each) => each.device.key === device.key);
    if (known === undefined) this.devices.push({ device, looks: [look] });
    else known.looks.push(look);
  }

  end({ outcome, durationMs, hostBytes }: TestEnd): void {
    this.#outcome = outcome;
    this.#durationMs = durationMs;
    this.#hostBytesAfter = hostBytes;
    // A list that was added to has room for more, and this one is kept.
    for (const measured of this.devices) measured.looks = measured.looks.slice();
    this.devices = this.devices.slice();
  }

  record(process: number, peaks: TestPeaks): TestRecord {
    const { ref, base, index, repeat, warmUp, limits, reason: limitReason, known, peaks: peakLimits } = this.begin;
    return {
      process,
      session: this.#session,
      ref,
      base,
      index,
      repeat,
      warmUp: warmUp === 0 ? null : { runs: warmUp, problem: this.#notWarmedUp },
      notRepeated: this.#notRepeated,
      limits,
      peakLimits,
      peaks,
      host: this.#host(),
      limitReason,
      known,
      outcome: this.#outcome,
      durationMs: this.#durationMs,
      notChecked: this.#notChecked === null ? NONE : [...this.#notChecked],
      badMark: this.#badMark,
      devices: this.devices,
      otherPids: this.#otherPids === null ? NONE : [...this.#otherPids],
    };
  }

  #host(): HostUse | null {
    const [beforeBytes, afterBytes] = [this.begin.hostBytes, this.#hostBytesAfter];
    return beforeBytes === null || afterBytes === null ? null : { beforeBytes, afterBytes };
  }
}

/** Kept once, not once a test. */
const NONE: readonly never[] = [];
const NO_LIMITS: Limits = { total: null, perType: {} };

/** Most tests have no limits. */
function sharedLimits(limits: Limits): Limits {
  return limits.total === null && Object.keys(limits.perType).length === 0 ? NO_LIMITS : limits;
}
