import type { RunEvent } from "../../core/model/event.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";

const NS_PER_MS = 1e6;

/** One attempt or repeat of a test, by CLOCK_MONOTONIC. */
export interface TestWindow {
  readonly beginNs: number;
  /** Infinity: it had not ended. */
  readonly endNs: number;
}

/** What one process did of a test. */
export interface TestProcess {
  readonly windows: readonly TestWindow[];
  /** The path of its ring; null: it was not traced. */
  readonly ring: string | null;
  /** Whether it ran out of memory: then those are of interest whose memory was live. */
  readonly ranOut: boolean;
}

interface OpenProcess {
  readonly windows: TestWindow[];
  ranOut: boolean;
  ring: string | null;
  /** When the test that runs began; null: not known yet. */
  beginNs: number | null;
  isRunning: boolean;
}

/** The tests that began, each once. */
export function testsBegun(steps: Iterable<RecordingStep>): ReadonlySet<string> {
  const tests = new Set<string>();
  for (const step of steps) {
    if (step.kind === "event" && step.event.kind === "test-begin") tests.add(step.event.ref.test);
  }
  return tests;
}

/** The processes that ran a test, and when. */
export function findTest(test: string, steps: Iterable<RecordingStep>): ReadonlyMap<number, TestProcess> {
  const processes = new Map<number, OpenProcess>();
  const short = new Set<number>();
  const rings = new Map<number, string>();
  for (const step of steps) {
    if (step.kind === "event") note(step.event, test, processes);
    if (step.kind === "ring") rings.set(step.ring.ring, step.ring.path);
    if (step.kind === "records" && hasRefusal(step)) short.add(step.ring);
  }
  const shortRings = new Set([...short].map((ring) => rings.get(ring)));
  for (const open of processes.values()) if (open.isRunning) close(open, Number.POSITIVE_INFINITY, open.beginNs ?? 0);
  const ran = [...processes].filter(([, { windows }]) => windows.length > 0);
  return new Map(
    ran.map(([process, { windows, ring, ranOut }]) => {
      return [process, { windows, ring, ranOut: ranOut || shortRings.has(ring ?? undefined) }];
    }),
  );
}

/** Whether an allocation failed, in whichever test. */
function hasRefusal({ count, next }: Extract<RecordingStep, { readonly kind: "records" }>): boolean {
  let has = false;
  for (let index = 0; index < count; index++) if (next().kind === "allocate-failed") has = true;
  return has;
}

function note(event: RunEvent, test: string, processes: Map<number, OpenProcess>): void {
  if (event.kind === "refused") return;
  const known = processes.get(event.process);
  const open = known ?? { windows: [], ring: null, ranOut: false, beginNs: null, isRunning: false };
  if (known === undefined) processes.set(event.process, open);
  switch (event.kind) {
    case "tracing":
      open.ring = event.ring ?? open.ring;
      break;
    case "test-begin":
      open.isRunning = event.ref.test === test;
      open.beginNs = null;
      break;
    case "memory-error":
      open.ranOut ||= open.isRunning;
      break;
    case "context":
      if (open.isRunning) open.beginNs ??= event.atNs;
      break;
    case "test-end":
      if (open.isRunning)
        close(open, event.atNs ?? Number.POSITIVE_INFINITY, (event.atNs ?? 0) - event.durationMs * NS_PER_MS);
      break;
    default:
      break;
  }
}

/** `otherwiseNs`: when it began, where no context says so. */
function close(open: OpenProcess, endNs: number, otherwiseNs: number): void {
  open.windows.push({ beginNs: open.beginNs ?? otherwiseNs, endNs });
  open.isRunning = false;
}
