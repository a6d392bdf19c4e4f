import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { formatDuration } from "../../core/base/duration.ts";
import { firstOf } from "../../core/base/first-of.ts";
import { printable } from "../../core/base/printable.ts";
import type { Origin } from "../../core/model/finding.ts";
import type {
  ClashReport,
  FreeRoom,
  OutOfMemoryReport,
  OwnerShare,
  RunOfTest,
  Shortage,
} from "../../core/model/memory-shortage-report.ts";
import { deviceText, tracedSizeText } from "./traced-words.ts";

// How it is said that memory ran out, the same in every format. All of it is safe to print.

/** Owners named at one place; the rest is counted. */
const OWNERS_NAMED_MAX = 5;

export const OUTSIDE = "something outside of tests";

/** Of which run of a test; without it, of no repeat. */
type Failed = Omit<OutOfMemoryReport, "live" | "atNs" | keyof RunOfTest> & Partial<Pick<RunOfTest, "repeat">>;

/** Who ran out of memory. */
type Victim = Pick<Failed, "test" | "repeat">;

/** Who ran out of memory: "test_a.py::test_x", "test_a.py::test_x in its repeat 2". */
export function nameOf({ test, repeat }: Pick<OutOfMemoryReport, "test" | "repeat">): string {
  if (test === null) return OUTSIDE;
  return `${printable(test)}${repeat === 0 ? "" : ` in its repeat ${repeat}`}`;
}

/** What could not be allocated, by whom and where. */
export function refusalHead(who: string, moment: Failed): string {
  const size = tracedSizeText(moment, moment.memoryType, " of ");
  return `${who} could not allocate ${size} on ${deviceText(moment)}${atLine(moment.origin)}`;
}

/** Why not, whose memory was live, and without which of it there would have been room: a line each. */
export function refusalDetails(moment: Failed): readonly string[] {
  const { bytesPerBank, room, shortage, owners, fitsWithout } = moment;
  return [
    ...(room === null ? [] : [roomText(bytesPerBank, room, shortage)]),
    ...liveLines(moment),
    ...ownerLines(owners, moment),
    ...withoutLines(fitsWithout, moment),
    ...doubts(moment),
  ];
}

function liveLines({ liveBytesPerBank, knownFrom }: Failed): readonly string[] {
  if (knownFrom === "nothing") return [];
  return [
    liveBytesPerBank === 0 ? "Nothing else was live there." : `Live in each bank: ${formatBytes(liveBytesPerBank)}`,
  ];
}

/** What is not known of what was live. */
function doubts({ knownFrom, isWhole, owners }: Pick<Failed, "knownFrom" | "isWhole" | "owners">): readonly string[] {
  if (knownFrom === "nothing")
    return ["What was live is not known: ttnn names no device, and it was closed since or more than one fits."];
  const hasUnknownLine = knownFrom === "looks" && owners.some(({ origin }) => origin === null);
  return [
    ...(hasUnknownLine ? ["The tracer did not run: lines are known only of what earlier tests left."] : []),
    ...(isWhole
      ? []
      : ["Some of what was live then is not known: it was freed before the failure was noted, or events were lost."]),
  ];
}

/** Which program clashed with what, where it was run. */
export function clashHead({ test, repeat, error, origin, ...number }: ClashReport): string {
  const what = error.error === "clash" ? "clash with L1 buffers" : "are larger than L1";
  return `${nameOf({ test, repeat })} ran a program whose ${error.buffers} buffers ${what} on ${deviceText(number)}${atLine(origin)}`;
}

export function clashDetails(clash: ClashReport): readonly string[] {
  const { error, regionBytes, room, liveBytesPerBank, fitsWithout } = clash;
  const needed = regionBytes === null ? "" : ` and need ${formatBytes(regionBytes)}`;
  const where = `On each core of ${printable(error.cores)} they end at ${error.regionEnd}${needed}`;
  if (error.error === "too-large") {
    const over = formatBytes(error.regionEnd - error.limit);
    return [`${where}, ${over} beyond the end of L1 at ${error.limit}: no freeing would make room.`];
  }
  const overlap = formatBytes(error.regionEnd - error.lowestAddress);
  return [
    `${where}; the lowest L1 buffer begins at ${error.lowestAddress}: they overlap by ${overlap}.`,
    ...(room === null ? [] : [`Each bank of L1 has ${freeText(room)}; ${formatBytes(liveBytesPerBank)} is live.`]),
    ...withoutLines(fitsWithout, clash),
    ...doubts(clash),
  ];
}

function atLine(origin: Origin | null): string {
  return origin === null ? "" : ` at ${lineOf(origin)}`;
}

/** "helpers.py:12 (from test_a.py:41)". */
function lineOf({ file, line, testLine }: Origin): string {
  const from = testLine === null ? "" : ` (from ${printable(testLine.file)}:${testLine.line})`;
  return `${printable(file)}:${line}${from}`;
}

function roomText(wanted: number, room: FreeRoom, shortage: Shortage | null): string {
  const [needs, total] = [`Each bank needs ${formatBytes(wanted)}`, formatBytes(room.totalBytesPerBank)];
  if (shortage === "larger-than-memory") return `${needs} and has ${total} in all: no freeing would make room.`;
  const has = `${needs} and has ${freeText(room)}`;
  switch (shortage) {
    case "too-little":
      return `${has}: ${formatBytes(wanted - room.freeBytesPerBank)} too little.`;
    case "fragmented":
      return `${has}: enough in all, but not in one piece (fragmented).`;
    case "other":
      return `${has}: that is enough, so the allocator had another reason.`;
    case null:
      return `${has}.`;
  }
}

/** "849.6 KB of 1.3 MB free, in 3 pieces, the largest 600.0 KB". */
function freeText({ totalBytesPerBank, freeBytesPerBank, largestFreeBytesPerBank, freePieces }: FreeRoom): string {
  const free = `${formatBytes(freeBytesPerBank)} of ${formatBytes(totalBytesPerBank)} free`;
  const pieces = freePieces === null || freePieces === 0 ? [] : [`in ${count(freePieces, "piece")}`];
  const isOnePiece = largestFreeBytesPerBank === null || largestFreeBytesPerBank === freeBytesPerBank;
  const largest = isOnePiece ? [] : [`the largest ${formatBytes(largestFreeBytesPerBank)}`];
  return [free, ...pieces, ...largest].join(", ");
}

function withoutLines(owners: readonly OwnerShare[] | null, victim: Victim): readonly string[] {
  return owners === null ? [] : ["There would be room without:", ...ownerLines(owners, victim)];
}

/** Where there are more lines than are named, those of one test are reported at once: it is tests that are looked for. */
function ownerLines(all: readonly OwnerShare[], victim: Victim): readonly string[] {
  const hasRoom = firstOf(all, OWNERS_NAMED_MAX).length === all.length;
  const owners = hasRoom ? all.map((owner) => ({ ...owner, lines: 1 })) : byTest(all);
  const lines = firstOf(owners, OWNERS_NAMED_MAX).map((owner) => `  ${ownerText(owner, victim)}`);
  const rest = owners.slice(lines.length);
  if (rest.length === 0) return lines;
  const bytes = formatBytes(rest.reduce((sum, { bytesPerBank }) => sum + bytesPerBank, 0));
  return [...lines, `  ${bytes} of ${count(rest.length, "other owner")}`];
}

interface OwnerLines extends OwnerShare {
  /** How many lines allocated it; the origin is the largest one's. */
  readonly lines: number;
}

/** One owner for each test, or wider fixture of a test, largest first. */
function byTest(owners: readonly OwnerShare[]): readonly OwnerLines[] {
  const groups = Map.groupBy(owners, ({ test, fixture, testsAgo }) => JSON.stringify([test, fixture, testsAgo]));
  const sums = [...groups.values()].flatMap((group) => group.slice(0, 1).map((largest) => sumOf(largest, group)));
  return sums.sort((a, b) => b.bytesPerBank - a.bytesPerBank);
}

function sumOf(largest: OwnerShare, group: readonly OwnerShare[]): OwnerLines {
  const sum = (of: (owner: OwnerShare) => number): number => group.reduce((total, each) => total + of(each), 0);
  const amounts = { buffers: sum(({ buffers }) => buffers), bytesPerBank: sum(({ bytesPerBank }) => bytesPerBank) };
  return { ...largest, ...amounts, lines: group.length };
}

/** "256.0 KB in 1 buffer of test_a.py::test_x, 2 tests ago: ttnn.zeros at helpers.py:6 (from test_a.py:41)". */
function ownerText(owner: OwnerLines, victim: Victim): string {
  const { origin, buffers, bytesPerBank, lines } = owner;
  const operation = origin?.operation ?? null;
  const line = origin === null ? "line not known" : lineOf(origin);
  const made = operation === null ? line : `${printable(operation)} at ${line}`;
  const what = `${formatBytes(bytesPerBank)} in ${count(buffers, "buffer")}${whose(owner, victim)}`;
  const others = lines === 1 ? "" : ` and ${count(lines - 1, "other line")}`;
  return `${[what, ...age(owner)].join(", ")}: ${made}${others}`;
}

/** Where nothing is of a test, nothing need be said of it. */
function whose({ test, fixture, testsAgo }: OwnerShare, victim: Victim): string {
  if (fixture !== null) return ` of fixture ${printable(fixture)}`;
  if (test === null) return victim.test === null ? "" : ` of ${OUTSIDE}`;
  if (test !== victim.test || (testsAgo ?? 0) !== 0) return ` of ${printable(test)}`;
  return (victim.repeat ?? 0) === 0 ? " of the test itself" : " of the test and its repeats until then";
}

function age({ testsAgo, ageMs }: OwnerShare): readonly string[] {
  if (testsAgo === 0) return [];
  if (testsAgo !== null) return [`${count(testsAgo, "test")} ago`];
  return ageMs === null ? [] : [`${formatDuration(ageMs)} before`];
}
