import { resolve } from "node:path";
import { count } from "../../core/base/count.ts";
import { formatDuration } from "../../core/base/duration.ts";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import type { RecordingIndex } from "../../core/model/recording-index.ts";
import { type LiveGroup, liveGroups } from "../../core/report/live-state.ts";
import { RecordingError } from "../../in/recording/recording-error.ts";
import { RecordingPlaces } from "../../in/recording/recording-places.ts";
import { describeOrigin } from "../../out/report/finding-words.ts";
import { deviceText, tracedSizeText } from "../../out/report/traced-words.ts";
import type { Io } from "../io.ts";
import { findMoment, momentsIn } from "./find-moment.ts";
import { parseUntil, type Until } from "./until.ts";

/** Lines that are printed of one process; the rest is counted. */
const LINES_MAX = 20;

/** What was live at one time of a recording; docs/formats.md describes it. */
interface StateAtTime {
  readonly schema: string;
  readonly file: string;
  /** The test that had just ended; null: a time was named. */
  readonly test: string | null;
  /** Since the recording began; null: not known. */
  readonly offsetMs: number | null;
  readonly processes: readonly {
    readonly pid: number;
    readonly isWhole: boolean;
    readonly live: readonly LiveGroup[];
  }[];
}

/**
 * What was live when a test had ended the first time, or at a time, found without reading the rest of the recording.
 *
 * @throws UsageError where there is no such place, or the recording has no index
 */
export async function stateAt(file: string, place: string, io: Io): Promise<StateAtTime> {
  const until = parseUntil("inspect: --at", place);
  try {
    using places = await RecordingPlaces.open(resolve(io.cwd, file));
    return stateIn(places, until, file);
  } catch (error) {
    if (error instanceof RecordingError) throw new UsageError(`inspect: ${file}: ${error.message}`);
    if (error instanceof Error && "code" in error) {
      throw new UsageError(`inspect: ${file} cannot be read: ${error.message}`);
    }
    throw error;
  }
}

function stateIn(places: RecordingPlaces, until: Until, file: string): StateAtTime {
  const { begun, index } = places;
  if (begun.source === "serve") {
    throw new UsageError(
      "inspect: --at: a recording of tt-memwatch serve has no places; tt-memwatch replay lists its end",
    );
  }
  const moment = findMoment(until, momentsIn(places));
  const atNs = moment.kind === "time" ? moment.time.ns : moment.endNs;
  if (atNs === null) throw new Error("only tests are looked for of which the index has the end");
  const { births, isWhole } = places.liveAt(atNs);
  const stacks = places.stacks();
  const processes = index.rings.map(({ ring, pid, process }) => {
    const testOf = testsOf(index, process);
    const live = liveGroups(births.get(ring) ?? [], stacks.get(ring) ?? new Map(), testOf, begun.cwd);
    return { pid, isWhole, live };
  });
  return {
    schema: "urn:tt-memwatch:state:1",
    file,
    test: moment.kind === "test" ? moment.test : null,
    offsetMs: begun.startedNs === null ? null : (atNs - begun.startedNs) / 1e6,
    processes: processes.filter(({ live }) => live.length > 0),
  };
}

/** Contexts are numbered in the order in which they are entered, so those of a test lie between those of others. */
function testsOf({ tests }: RecordingIndex, process: number | null): (context: number) => string | null {
  const own = tests.filter((test) => test.process === process && test.contexts !== null);
  return (context) =>
    own.find(({ contexts }) => contexts !== null && contexts[0] <= context && context <= contexts[1])?.test ?? null;
}

export function stateText({ test, offsetMs, processes }: StateAtTime): string {
  const after = offsetMs === null ? "" : `${formatDuration(offsetMs)} after the beginning`;
  const when = [...(test === null ? [] : [`when ${printable(test)} had ended`]), after].filter(Boolean).join(", ");
  const nothing = processes.length === 0 ? ["no traced buffer was live"] : [];
  return `${[when, ...nothing, ...processes.flatMap(processLines)].join("\n")}\n`;
}

function processLines({ pid, isWhole, live }: StateAtTime["processes"][number]): string[] {
  const buffers = live.reduce((sum, group) => sum + group.buffers, 0);
  const doubt = isWhole ? "" : "; events were lost before, so some of it may have been freed";
  const rest = live.length - LINES_MAX;
  return [
    "",
    `process ${pid}: ${count(buffers, "buffer")}${doubt}`,
    ...live.slice(0, LINES_MAX).map(groupLine),
    ...(rest > 0 ? [`  and from ${count(rest, "other line")}: see --json`] : []),
  ];
}

function groupLine({ memoryType, buffers, origin, test, ...size }: LiveGroup): string {
  const where = origin === null ? "from an unknown line" : describeOrigin(origin);
  const by = test === null ? "" : ` (${printable(test)})`;
  const what = `${tracedSizeText(size, memoryType)} on ${deviceText(size)} in ${count(buffers, "buffer")}`;
  return `  ${what}, ${where}${by}`;
}
