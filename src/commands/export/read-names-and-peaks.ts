import { NumberedOrigins, testOf } from "../../core/ledger/timeline/allocation-columns.ts";
import type { EndedLife, LifeListener } from "../../core/ledger/timeline/life-reporter.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type {
  ExportedLife,
  ExportedMemory,
  ExportedOrigin,
  ExportedPeak,
  ExportedRun,
  ExportedTest,
} from "../../core/model/exported-recording.ts";
import type { Recorded } from "../../core/model/recording.ts";
import type { TimelineOrigin } from "../../core/model/timeline.ts";
import { ownFrames, relativeTo } from "../../core/verdicts/user-line-in-stack.ts";
import { RecordingError } from "../../in/recording/recording-error.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";
import { damageOf, MissingSums } from "../replay/describe-damage.ts";
import { openSteps } from "../replay/open-recording.ts";
import { isEndOf, type PlayUntil } from "../replay/play.ts";
import type { TimeLimit } from "../replay/time-limit.ts";
import { RecordingLives } from "./recording-lives.ts";

/** What has to be known before the lives of a recording are handed on: names are recorded after what they name. */
export interface NamesAndPeaks {
  readonly begun: Recorded;
  readonly run: Omit<ExportedRun, "instant">;
  /** What the recording lacks, a sentence each. */
  readonly lacks: readonly string[];
  /** The same with the names that its numbers stand for. */
  named(life: EndedLife): ExportedLife;
}

/**
 * Reads all of a recording.
 *
 * @param until up to where; null: to its end
 * @param onStep called after each of its steps
 * @throws RecordingError where it has no lives
 */
export function readNamesAndPeaks(reader: RecordingReader, until: PlayUntil | null, onStep: () => void): NamesAndPeaks {
  const { begun, steps } = openSteps(reader);
  if (begun.source === "serve") {
    throw new RecordingError(
      "it is a recording of tt-memwatch serve, which has no buffers with lines; export takes recordings of run and trace",
    );
  }
  const peaks = new Peaks();
  const dropped = new MissingSums();
  const processes = new NamedProcesses();
  const recorded = new RecordingLives(begun, limitOf(until), peaks);
  for (const step of takenSteps(steps, until)) {
    recorded.take(step);
    if (step.kind === "dropped") dropped.add(step.dropped);
    if (step.kind === "event") processes.note(step.event);
    onStep();
  }
  recorded.end();
  const memories = recorded.lives.series().map((series, index) => ({ ...series, index, peak: peaks.of(index) }));
  const tests = recorded.lives.tests().map((test, index) => ({ ...test, index }));
  // What runs no tests is known by its memory only.
  for (const { pid } of memories) processes.name(pid, begun.command[0] ?? "");
  const { beginNs, endNs } = recorded.lives.buckets;
  return {
    begun,
    run: {
      engine: begun.engine,
      command: begun.command,
      startedAt: begun.startedAt,
      beginNs,
      endNs,
      processes: processes.all(),
      memories,
      tests,
      lives: recorded.births,
    },
    lacks: lacksOf(reader, recorded, dropped, until),
    named: naming(recorded, memories, tests, processes.rootDir ?? begun.cwd),
  };
}

/** For one reading of it. */
export function limitOf(until: PlayUntil | null): TimeLimit | null {
  return until?.kind === "time" ? until.limit.again() : null;
}

/** Those up to the end of what is wanted, or of what can be known: after lost events nobody knows what a record is of. */
export function* takenSteps(steps: Iterable<RecordingStep>, until: PlayUntil | null): Generator<RecordingStep> {
  for (const step of steps) {
    yield step;
    if (isEndOf(step, until) || (step.kind === "dropped" && step.dropped.events > 0)) return;
  }
}

/** When each series held the most. */
class Peaks implements LifeListener {
  readonly #peaks: ExportedPeak[] = [];

  changed(series: number, atNs: number, bytes: number, step: number): void {
    const peak = this.#peaks[series];
    if (peak === undefined || bytes > peak.bytes) this.#peaks[series] = { bytes, atNs, step };
  }

  lived(): void {}

  of(series: number): ExportedPeak {
    return this.#peaks[series] ?? { bytes: 0, atNs: 0, step: 0 };
  }
}

/** Processes by pid, and what they are called. */
class NamedProcesses {
  readonly #names = new Map<number, string>();
  /** pytest's root directory; null: no process has begun. */
  rootDir: string | null = null;

  note(event: RunEvent): void {
    if (event.kind !== "process-begin") return;
    const { pid, worker, role, rootDir } = event.info;
    this.rootDir ??= rootDir;
    if (role !== "controller") this.name(pid, worker === null ? "pytest" : `pytest ${worker}`);
  }

  /** A process that has a name keeps it. */
  name(pid: number, name: string): void {
    if (!this.#names.has(pid)) this.#names.set(pid, name);
  }

  all(): ExportedRun["processes"] {
    return [...this.#names].map(([pid, name]) => ({ pid, name }));
  }
}

function naming(
  recorded: RecordingLives,
  memories: readonly ExportedMemory[],
  tests: readonly ExportedTest[],
  rootDir: string,
): NamesAndPeaks["named"] {
  const { sources } = recorded.lives;
  const numbers = new NumberedOrigins(sources, (path) => recorded.stacks(path));
  const origins = new ReportedOrigins(rootDir);
  return (life) => {
    const { ring, freedContext, diedNs } = life;
    const memory = memories[life.series];
    if (memory === undefined) throw new Error(`a buffer is of the memory ${life.series}, which there is not`);
    const isLive = diedNs === Number.POSITIVE_INFINITY;
    const number = numbers.numberOf(ring, life.stack, life.operation);
    // Written out: there are millions of them.
    return {
      number: life.number,
      memory,
      address: life.address,
      sizeBytes: life.sizeBytes,
      requestedBytes: life.requestedBytes,
      banks: life.banks,
      bornNs: life.bornNs,
      bornStep: life.bornStep,
      diedNs: isLive ? null : diedNs,
      diedStep: life.diedStep,
      origin: origins.of(number, numbers.all[number]),
      test: tests[testOf(sources[ring], life.context)] ?? null,
      freedIn: isLive ? null : (tests[testOf(sources[ring], freedContext)] ?? null),
    };
  };
}

/** Origins as reports have them: with the frames of the user's code, and files relative to its folder. */
class ReportedOrigins {
  readonly #rootDir: string;
  readonly #byNumber: ExportedOrigin[] = [];
  readonly #byText = new Map<string, ExportedOrigin>();

  constructor(rootDir: string) {
    this.#rootDir = rootDir;
  }

  of(number: number, origin: TimelineOrigin | undefined): ExportedOrigin {
    const made = this.#byNumber[number] ?? this.#reported(origin ?? { operation: null, stack: [] });
    this.#byNumber[number] = made;
    return made;
  }

  #reported({ operation, stack }: TimelineOrigin): ExportedOrigin {
    const frames = ownFrames(stack).map((frame) => ({ ...frame, file: relativeTo(this.#rootDir, frame.file) }));
    const text = JSON.stringify([operation, frames]);
    const made = this.#byText.get(text) ?? { index: this.#byText.size, operation, stack: frames };
    this.#byText.set(text, made);
    return made;
  }
}

function lacksOf(
  reader: RecordingReader,
  { lives }: RecordingLives,
  dropped: MissingSums,
  until: PlayUntil | null,
): string[] {
  const { moreSeries } = lives;
  const lost = new Map(lives.series().map(({ pid, lostRecords }) => [pid, lostRecords]));
  const lostRecords = [...lost.values()].reduce((sum, records) => sum + records, 0);
  return [
    ...(until === null && dropped.events === 0 ? damageOf(reader) : []),
    ...dropped.warnings(),
    ...(lostRecords > 0
      ? [`${lostRecords} traced events were lost: buffers whose free was lost are live at the end`]
      : []),
    ...(moreSeries > 0 ? [`the buffers of ${moreSeries} further memories of processes are left out`] : []),
  ];
}
