import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import type {
  BookedOrigin,
  DoubleFreed,
  KernelsView,
  LiveKernel,
  RemainingBuffer,
  RemainingGroup,
  RemainingView,
} from "../../core/model/server-view.ts";

const KB = 1024;
const MB = 1024 * KB;

/** What is live, by device and memory type. */
export function remainingLines({ total, groups }: RemainingView): readonly string[] {
  if (total === 0) return ["No buffers remaining"];
  const devices = [...Map.groupBy(groups, ({ device }) => device)].flatMap(([device, ofDevice]) => {
    return [`Device ${device}:`, ...ofDevice.flatMap(groupLines), ""];
  });
  return [...devices, `Total remaining buffers: ${total}`];
}

function groupLines({ memoryType, buffers, sizeBytes, listed }: RemainingGroup): readonly string[] {
  return [`  ${memoryType}: ${count(buffers, "buffer")}, ${megabytesText(sizeBytes)} total`, ...listed.map(bufferLine)];
}

function bufferLine({ address, sizeBytes, pid, refCount, origin }: RemainingBuffer): string {
  const buffer = `    - Buffer 0x${address.toString(16)}: ${kilobytesText(sizeBytes)} (PID ${pid}, ref_count=${refCount})`;
  return origin === null ? buffer : [buffer, ...originParts(origin)].map(printable).join("  ");
}

/** "ttnn.zeros", "tests/test_model.py:8 in test_decode", "test tests/test_model.py::test_decode": what of it is known. */
function originParts({ operation, line, test }: BookedOrigin): readonly string[] {
  return [
    ...(operation === null ? [] : [operation]),
    ...(line === null ? [] : [`${line.file}:${line.line} in ${line.function}`]),
    ...(test === null ? [] : [`test ${test}`]),
  ];
}

/** Buffers that were freed more often than allocated, with what is remembered of each; nothing where there are none. */
export function doubleFreedLines(doubleFreed: readonly DoubleFreed[]): readonly string[] {
  if (doubleFreed.length === 0) return [];
  return ["", `Freed more often than allocated: ${doubleFreed.length}`, ...doubleFreed.flatMap(twiceFreedLines)];
}

function twiceFreedLines({ device, address, history: { allocs, frees, events } }: DoubleFreed): readonly string[] {
  const told = events.map(({ kind, sizeBytes, pid }) => `${kind} ${kilobytesText(sizeBytes)} (PID ${pid})`);
  return [
    `  - Buffer 0x${address.toString(16)} on device ${device}: allocated ${allocs}, freed ${frees}`,
    ...(told.length === 0 ? [] : [`    newest first: ${told.join(", ")}`]),
  ];
}

/** The kernels that are loaded, by device. */
export function kernelLines({ kernels, totalBytes }: KernelsView): readonly string[] {
  if (kernels.length === 0) return ["No kernels loaded"];
  const devices = [...Map.groupBy(kernels, ({ device }) => device)].flatMap(([device, ofDevice]) => {
    const head = `  Kernels: ${ofDevice.length}, ${megabytesText(totalBytes.get(device) ?? 0n)} total`;
    return [`Device ${device}:`, head, ...ofDevice.map(kernelLine), ""];
  });
  return [...devices, `Total kernels: ${kernels.length}`];
}

function kernelLine({ id, sizeBytes, pid, ageSeconds }: LiveKernel): string {
  return `    - Kernel 0x${id.toString(16)}: ${kilobytesText(sizeBytes)} (PID ${pid}, loaded ${ageSeconds} s ago)`;
}

function kilobytesText(sizeBytes: bigint): string {
  return `${(Number(sizeBytes) / KB).toFixed(1)} KB`;
}

function megabytesText(sizeBytes: bigint | number): string {
  return `${(Number(sizeBytes) / MB).toFixed(3)} MB`;
}
