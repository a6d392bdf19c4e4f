import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { made } from "../../../core/base/lazy-object.ts";
import type { RegionProgram } from "../../../core/model/memory-region.ts";
import { MEMORY_TYPES } from "../../../core/model/memory-type.ts";
import { PAGE_SCHEMA, type PageCause, type PageData, type PageFinding } from "../../../core/model/page.ts";
import { encodeTimeline } from "../../../core/model/page-timeline.ts";
import type { ServerFinding } from "../../../core/model/server-finding.ts";
import type { Timeline } from "../../../core/model/timeline.ts";
import { printableAll } from "./printable-all.ts";
import { regionFacts } from "./region-facts.ts";

/** What an allocation server has on its books. */
export interface BooksNow {
  readonly socketPath: string;
  readonly engine: string;
  readonly startedAt: string;
  readonly upMs: number;
  readonly buffers: number;
  readonly sizeBytes: number;
  /** Buffers beyond those that are listed. */
  readonly notListed: number;
  readonly processes: readonly {
    readonly pid: number;
    readonly running: string | null;
    readonly lostRecords: number;
  }[];
  /** Those that no process is, by their regions. */
  readonly programs: readonly RegionProgram[];
  readonly findings: readonly ServerFinding[];
  readonly timeline: Timeline;
}

/** An allocation server as the page shows it: it knows what is live, and no test's end. */
export function booksPage(now: BooksNow): PageData {
  const findings = now.findings.map(bookedFinding);
  return printableAll({
    schema: PAGE_SCHEMA,
    run: {
      kind: "running",
      headline: `${count(now.buffers, "buffer")} live, ${formatBytes(now.sizeBytes)}`,
      next: `Of ${count(now.processes.length, "process", "processes")}, as the allocation server has it now.`,
      command: null,
      watched: now.socketPath,
      recording: null,
      startedAt: now.startedAt,
      durationMs: now.upMs,
      engine: now.engine,
      rootDir: "",
      exitCode: null,
      tests: { checked: 0, notChecked: 0, noDevice: 0 },
      facts: [
        ...now.processes.map(({ pid, running }) => ({ name: `process ${pid}`, text: running ?? "no test" })),
        ...regionFacts(now.programs),
      ],
      caveats: caveatsOf(now),
      processes: [],
      remaining: [],
      allocations: [],
    },
    causes: findings.map(bookedCause),
    findings,
    moreFindings: 0,
    fixed: null,
    tests: [],
    moreTests: 0,
    shortages: [],
    moreShortages: 0,
    timeline: made(encodeTimeline(now.timeline)),
    snippets: [],
  });
}

function caveatsOf({ notListed, processes }: BooksNow): PageData["run"]["caveats"] {
  const lost = processes.filter(({ lostRecords }) => lostRecords > 0);
  return [
    ...(notListed === 0
      ? []
      : [{ name: "left out", text: `${count(notListed, "buffer")} beyond those that the page lists` }]),
    ...lost.map(({ pid, lostRecords }) => ({ name: "lost", text: `${count(lostRecords, "event")} of process ${pid}` })),
  ];
}

function bookedFinding({
  verdict,
  fails,
  device,
  memoryType,
  sizeBytes,
  buffers,
  evidence,
  rule,
  pids,
}: ServerFinding): PageFinding {
  const type = MEMORY_TYPES.find((known) => known === memoryType) ?? null;
  return {
    verdict,
    fails,
    subject: `${memoryType} of device ${device}`,
    nodeId: null,
    attempt: 1,
    test: null,
    device,
    devices: `device ${device}`,
    memoryType: type,
    sizeBytes: Number(sizeBytes),
    growth: `${formatBytes(Number(sizeBytes))} ${memoryType}`,
    evidence,
    facts: [
      { name: "buffers", text: String(buffers) },
      { name: "processes", text: pids.join(", ") },
      { name: "rule", text: rule },
    ],
    place: null,
    holders: [],
    signature: rule,
    earlierSignatures: [],
    history: null,
    repeats: [],
    buffers: [],
    moreBuffers: 0,
    stack: [],
  };
}

function bookedCause(finding: PageFinding, index: number): PageCause {
  const { verdict, fails, sizeBytes, memoryType, subject } = finding;
  const id = `${verdict} | ${subject} | ${finding.signature}`;
  return {
    id,
    verdict,
    fails,
    sizeBytes,
    memoryType,
    title: subject,
    place: null,
    holder: null,
    findings: [index],
    count: 1,
  };
}
