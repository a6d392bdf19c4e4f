import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { firstOf } from "../../core/base/first-of.ts";
import { printable } from "../../core/base/printable.ts";
import type { TensorDescription } from "../../core/model/event.ts";
import type { Finding, FindingBuffer, Origin } from "../../core/model/finding.ts";

// The words for the parts of a finding, the same in every format. All of it is safe to print.

const WAYS_INSIDE_MAX = 5;
const SUBTESTS_MAX = 3;

/** More kinds of tensor than this on one line cannot be read. */
const TENSOR_KINDS_MAX = 3;

/** The test a finding belongs to, or what stands in its place. */
export function subjectOf({ test, attempt, fixture, verdict, markedAt }: Finding): string {
  if (test !== null) return attemptOf(test, attempt);
  if (fixture !== null) return `fixture ${printable(fixture.name)} (${fixture.scope})`;
  if (verdict === "fixed" && markedAt !== null) return `suppression at ${printable(markedAt.file)}:${markedAt.line}`;
  return verdict === "not-checked" ? "(the run)" : "(between tests)";
}

/** A test by its node id; attempts after the first are numbered. */
export function attemptOf(test: string, attempt: number): string {
  return attempt > 1 ? `${printable(test)} (attempt ${attempt})` : printable(test);
}

/** "known    the cache is shared   (https://...)", or that it is not, where there is a baseline; else null. */
export function knownOf({ known, baseline }: Finding): string | null {
  if (known === null) return baseline === "new" ? "new      not in the baseline" : null;
  return `known    ${printable(known.reason)}${known.ref === null ? "" : `   (${printable(known.ref)})`}`;
}

/** "+24.0 MB DRAM"; only the memory type where no bytes were left, as with fragmentation. */
export function growthOf({ sizeBytes, memoryType }: Finding): string {
  const type = memoryType ?? "";
  return sizeBytes === 0 ? type : `+${formatBytes(sizeBytes)} ${type}`.trimEnd();
}

/** "device 0", "devices 0-7 (each)", or nothing. */
export function devicesOf({ device, chips }: Pick<Finding, "device" | "chips">): string {
  if (chips.length > 1) return `devices ${ranges(chips)} (each)`;
  return device === null ? "" : `device ${device}`;
}

/** [0, 1, 2, 5] as "0-2, 5". */
function ranges(chips: readonly number[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const chip of chips) {
    const open = runs.at(-1);
    if (open?.last === chip - 1) open.last = chip;
    else runs.push({ first: chip, last: chip });
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}

/** "2 buffers   bfloat16 1x8x1024x128 (logical 2.0 MB)"; null where none is known. */
export function buffersOf({ buffers }: Finding, kindsMax = TENSOR_KINDS_MAX): string | null {
  if (buffers.length === 0) return null;
  return [count(buffers.length, "buffer"), tensorsOf(buffers, kindsMax)].filter((part) => part !== "").join("   ");
}

/** "inside   ReshapeViewDeviceOperation > Tensor::to_device", a line for each way in, where that was recorded. */
export function insideOf({ buffers }: Finding, waysMax = WAYS_INSIDE_MAX): readonly string[] {
  const explained = buffers.filter(({ inside }) => inside.length > 0);
  const ways = [...Map.groupBy(explained, ({ inside }) => inside.join(" > "))];
  const lines = firstOf(ways, waysMax).map(([way, all]) => {
    const some = all.length === buffers.length ? "" : `   (${count(all.length, "buffer")})`;
    return `inside   ${printable(way)}${some}`;
  });
  return ways.length > lines.length ? [...lines, `and in ${count(ways.length - lines.length, "other way")}`] : lines;
}

/** The name that the plugin gives all subtests of a test beyond those that it has numbers for. */
const LATER_SUBTESTS = "(one of the later subtests)";

/** "in subtest [decode] (seq=128)", or how much each of the first has, where several allocated it. */
export function subtestsOf({ subtests, buffers }: Finding, subtestsMax = SUBTESTS_MAX): string | null {
  const [only, ...others] = subtests;
  if (only === undefined) return null;
  if (others.length === 0 && only.buffers === buffers.length) return `in subtest ${printable(only.subtest)}`;
  const shown = firstOf(subtests, subtestsMax).map(
    ({ subtest, sizeBytes }) => `${printable(subtest)} ${formatBytes(sizeBytes)}`,
  );
  const more = subtests.length - shown.length;
  const many = subtests.some(({ subtest }) => subtest === LATER_SUBTESTS) ? " or more" : "";
  return `in ${count(subtests.length, "subtest")}${many}: ${shown.join("; ")}${more === 0 ? "" : `; and ${more} more`}`;
}

function tensorsOf(buffers: readonly FindingBuffer[], kindsMax: number): string {
  const described = buffers.flatMap(({ tensor }) => (tensor === null ? [] : [describeTensor(tensor)]));
  const kinds = [...Map.groupBy(described, (description) => description)];
  const shown = firstOf(kinds, kindsMax).map(([kind, all]) => {
    return all.length === buffers.length ? kind : `${all.length} x ${kind}`;
  });
  if (kinds.length > shown.length) shown.push(count(kinds.length - shown.length, "other kind"));
  return shown.join(", ");
}

/** "bfloat16 1x8x1024x128 (logical 2.0 MB)". */
export function describeTensor({ dtype, shape, logicalBytes }: TensorDescription): string {
  const text = `${printable(dtype)} ${shape.join("x") || "scalar"}`;
  return logicalBytes === null ? text : `${text} (logical ${formatBytes(logicalBytes)})`;
}

/** "ttnn.as_tensor   models/attention.py:212 in load_kv   (from test_attention.py:41)". */
export function describeOrigin({ operation, file, line, function: caller, testLine }: Origin): string {
  const made = operation === null ? "allocated at" : `${printable(operation)}  `;
  const from = testLine === null ? "" : `   (from ${printable(testLine.file)}:${testLine.line})`;
  return `${made} ${printable(file)}:${line} in ${printable(caller)}${from}`;
}

/** Where it was allocated, if not in the call of the test itself, where one would look first. */
export function birthplaceOf({ phase, fixture, test }: Finding): string | null {
  if (fixture !== null) return test === null ? null : `from fixture ${printable(fixture.name)} (${fixture.scope})`;
  return phase === null || phase === "call" ? null : `allocated in ${phase}`;
}
