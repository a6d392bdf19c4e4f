import type { RunEvent } from "../../core/model/event.ts";
import type { RecordedEnd, RecordedRing } from "../../core/model/recording.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceRecord } from "../../core/model/trace-record.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";
import type { Recorder } from "../../out/recording/recorder.ts";
import { EarlierTests } from "./earlier-tests.ts";
import { type CutEvent, EventCutter } from "./event-cutter.ts";
import { RecordCutter } from "./record-cutter.ts";
import type { Redaction } from "./redaction.ts";
import type { TestProcess } from "./test-windows.ts";

/** A ring that is kept, and what of it was. */
interface KeptRing {
  readonly ring: RecordedRing;
  readonly cutter: RecordCutter;
  readonly stacks: Map<number, readonly StackFrame[]>;
  /** Numbers of those that records name. */
  readonly named: Set<number>;
  records: number;
  lost: number;
}

/** Takes the steps of a recording, and records those of one test anew. */
export class RecordingCutter {
  readonly #recorder: Recorder;
  readonly #processes: ReadonlyMap<number, TestProcess>;
  readonly #redaction: Redaction | null;
  readonly #test: string;
  readonly #events = new Map<number, EventCutter>();
  readonly #tests = new Map<number, EarlierTests>();
  readonly #rings = new Map<number, KeptRing>();

  constructor(
    test: string,
    processes: ReadonlyMap<number, TestProcess>,
    recorder: Recorder,
    redaction: Redaction | null,
  ) {
    this.#test = test;
    this.#processes = processes;
    this.#recorder = recorder;
    this.#redaction = redaction;
  }

  take(step: RecordingStep): void {
    switch (step.kind) {
      case "ring":
        this.#see(step.ring);
        break;
      case "stacks":
        for (const [number, frames] of step.stacks) this.#rings.get(step.ring)?.stacks.set(number, frames);
        break;
      case "event":
        this.#takeEvent(step.event);
        break;
      case "records":
        this.#takeRecords(step.ring, step.count, step.next);
        break;
      case "lost":
        this.#lose(step.ring, step.records);
        break;
      case "dropped":
        for (const [ring, records] of step.dropped.records) this.#lose(ring, records);
        break;
      default:
        break;
    }
  }

  /** `end`: null where the recording has none: then neither has this one. */
  end(end: RecordedEnd | null): void {
    for (const [number, { stacks, named }] of this.#rings) {
      const kept = [...stacks].filter(([each]) => named.has(each));
      const told = kept.map(([each, frames]) => [each, this.#redaction?.stack(frames) ?? frames] as const);
      this.#recorder.stacks(number, new Map(told));
    }
    if (end === null) {
      this.#recorder.flush();
      return;
    }
    const rings = [...this.#rings.values()].map(({ ring: { ring, pid }, records, lost }) => ({
      ring,
      pid,
      records,
      lost,
    }));
    const statements = this.#redaction === null ? end.statements : [];
    this.#recorder.end({ ...end, warnings: [], allocations: null, rings, statements });
  }

  #takeEvent(event: RunEvent): void {
    if (event.kind === "refused" || !this.#processes.has(event.process)) return;
    const cutter = this.#events.get(event.process) ?? new EventCutter(this.#test);
    this.#events.set(event.process, cutter);
    for (const kept of [...this.#earlier(event), ...cutter.take(event)]) {
      this.#recorder.event(this.#redaction?.event(kept) ?? kept);
    }
  }

  /** Before a test that is to run out of memory: the tests whose memory is live. */
  #earlier(event: CutEvent): readonly CutEvent[] {
    const process = this.#processes.get(event.process);
    if (process?.ranOut !== true) return [];
    const tests = this.#tests.get(event.process) ?? new EarlierTests();
    this.#tests.set(event.process, tests);
    const isBegin = event.kind === "test-begin" && event.ref.test === this.#test;
    const ring = [...this.#rings.values()].find((each) => each.ring.path === process.ring);
    const told = isBegin && ring !== undefined ? tests.tell(ring.cutter.liveContexts()) : [];
    tests.note(event);
    return told;
  }

  #see(ring: RecordedRing): void {
    const process = [...this.#processes.values()].find((each) => each.ring === ring.path);
    if (process === undefined) return;
    const kept: KeptRing = {
      ring,
      cutter: new RecordCutter(process.windows, (record) => this.#record(kept, record)),
      stacks: new Map(),
      named: new Set(),
      records: 0,
      lost: 0,
    };
    this.#rings.set(ring.ring, kept);
    this.#recorder.ring({ ...ring, path: this.#redaction?.ringPath(ring.path) ?? ring.path });
  }

  #takeRecords(ring: number, count: number, next: () => TraceRecord): void {
    const cutter = this.#rings.get(ring)?.cutter;
    for (let index = 0; cutter !== undefined && index < count; index++) cutter.take(next());
  }

  #record(kept: KeptRing, record: TraceRecord): void {
    kept.named.add(record.stack).add(record.operation);
    kept.records += 1;
    this.#recorder.record(kept.ring.ring, record);
  }

  #lose(ring: number, records: number): void {
    const kept = this.#rings.get(ring);
    if (kept === undefined) return;
    kept.lost += records;
    this.#recorder.lost(ring, records);
  }
}
