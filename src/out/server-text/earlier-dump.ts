import { kilobytes, megabytes, titleBox } from "../../core/base/earlier-text.ts";
import type {
  DoubleFreed,
  EndedProcess,
  KernelsView,
  LiveKernel,
  RemainingBuffer,
  RemainingGroup,
  RemainingView,
} from "../../core/model/server-view.ts";
import { cleanupLines } from "./earlier-blocks.ts";
import { EVENTS_LISTED_MAX, historyText } from "./earlier-events.ts";
import type { EarlierStyle } from "./earlier-style.ts";

const KERNEL_FRAME = "─".repeat(57);

/** All that is printed when asked for what remains, with what was cleaned up for it. */
export function dumpLines(
  remaining: RemainingView,
  dead: readonly EndedProcess[],
  style: EarlierStyle,
): readonly string[] {
  const { total, doubleFreed } = remaining;
  const cleanup = cleanupLines(dead);
  const box = ["", ...titleBox("REMAINING ALLOCATED BUFFERS"), `Total tracked allocations: ${total}`, ""];
  const body = total === 0 ? noneLines(doubleFreed, style) : deviceLines(remaining, style);
  if (style.isEnhanced) return [...cleanup, ...box, ...body];
  return ["📋 Received DUMP_REMAINING request...", ...cleanup, ...box, ...body, "📋 DUMP_REMAINING complete."];
}

function noneLines(doubleFreed: readonly DoubleFreed[], { isEnhanced }: EarlierStyle): readonly string[] {
  const none = "✓ No buffers remaining - perfect cleanup!";
  if (!isEnhanced || doubleFreed.length === 0) return [none];
  const however = `⚠️  However, found ${doubleFreed.length} buffers that were DOUBLE-FREED during execution!`;
  return [none, "", however, ...doubleFreedLines(doubleFreed)];
}

function deviceLines({ total, groups }: RemainingView, style: EarlierStyle): readonly string[] {
  const devices = [...Map.groupBy(groups, ({ device }) => device)].flatMap(([device, ofDevice]) => {
    return [`Device ${device}:`, ...ofDevice.flatMap((group) => groupLines(group, style)), ""];
  });
  return [...devices, `Total remaining buffers: ${total}`, ""];
}

function groupLines(
  { memoryType, buffers, sizeBytes, listed }: RemainingGroup,
  style: EarlierStyle,
): readonly string[] {
  const head = `  ${memoryType}: ${buffers} buffers, ${megabytes(sizeBytes)} MB total`;
  return [head, ...listed.flatMap((buffer) => bufferLines(buffer, style))];
}

function bufferLines(buffer: RemainingBuffer, { isEnhanced }: EarlierStyle): readonly string[] {
  const { address, sizeBytes, pid, refCount, history } = buffer;
  const line = `    - Buffer 0x${address.toString(16)}: ${kilobytes(sizeBytes)} KB (PID ${pid}, ref_count=${refCount})`;
  if (history === null || !isEnhanced) return [line];
  const events = history.events.slice(0, EVENTS_LISTED_MAX).map((each) => `        ${historyText(each)}`);
  return [line, `      History (allocs=${history.allocs} frees=${history.frees}):`, ...events];
}

/** The box of buffers freed too often; its head is there even when there are none. */
export function doubleFreedLines(doubleFreed: readonly DoubleFreed[]): readonly string[] {
  const keys = doubleFreed.flatMap(({ device, address, history: { allocs, frees, events } }) => [
    `Buffer 0x${address.toString(16)} on device ${device}:`,
    `  Total allocs: ${allocs}, Total frees: ${frees}`,
    "  History:",
    ...events.toReversed().map((each) => `    ${historyText(each)}`),
    "",
  ]);
  return ["", ...titleBox("DOUBLE-FREED BUFFERS"), "", ...keys];
}

/** All that is printed when asked for the kernels. */
export function kernelLines({ kernels }: KernelsView): readonly string[] {
  const devices = [...Map.groupBy(kernels, ({ device }) => device)].flatMap(([device, ofDevice]) => {
    // Of what is listed, not of what is counted: a kernel loaded twice is counted twice.
    const totalBytes = BigInt.asUintN(
      64,
      ofDevice.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n),
    );
    const head = `📊 Device ${device} - Total: ${megabytes(totalBytes)} MB (${ofDevice.length} kernels)`;
    return ["", head, `  ┌${KERNEL_FRAME}┐`, ...ofDevice.flatMap(kernelCell), `  └${KERNEL_FRAME}┘`];
  });
  const box = ["", ...titleBox("DETAILED KERNEL ALLOCATIONS"), `Total kernel allocations: ${kernels.length}`];
  return [...box, ...devices, "", "📋 DUMP_KERNELS complete."];
}

function kernelCell({ id, sizeBytes, pid, ageSeconds }: LiveKernel): readonly string[] {
  return [
    `  │ Kernel ID: 0x${id.toString(16)}`,
    `  │   Size:      ${kilobytes(sizeBytes)} KB`,
    `  │   Owner PID: ${pid}`,
    `  │   Age:       ${ageSeconds} seconds`,
    "  │",
  ];
}
