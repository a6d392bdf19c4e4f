import { kilobytes, megabytes } from "../../core/base/earlier-text.ts";
import type { DeviceCounters, EndedProcess, StatisticsView } from "../../core/model/server-view.ts";
import type { EarlierStyle } from "./earlier-style.ts";

/** Devices the earlier server showed: 0 to 7. */
const SHOWN_DEVICES = 8;

/** What ended processes left; nothing when none ended. */
export function cleanupLines(dead: readonly EndedProcess[]): readonly string[] {
  if (dead.length === 0) return [];
  const head = "⚠️  Detected dead processes, cleaning up orphaned buffers...";
  return ["", head, ...dead.flatMap(deadLines), ""];
}

/** Circular buffers and kernels have a line only where there are any, buffers always. */
function deadLines({ pid, ...left }: EndedProcess): readonly string[] {
  return [
    `   PID ${pid} is dead, removing its buffers...`,
    removedLine(left.buffers, "buffers", left.bufferBytes, pid),
    ...(left.cbs > 0 ? [removedLine(left.cbs, "CBs", left.cbBytes, pid)] : []),
    ...(left.kernels > 0 ? [removedLine(left.kernels, "kernels", left.kernelBytes, pid)] : []),
  ];
}

function removedLine(count: number, what: string, sizeBytes: bigint, pid: number): string {
  return `   ✓ Removed ${count} ${what} (${megabytes(sizeBytes)} MB) from PID ${pid}`;
}

/** The block that comes every ten seconds and at the end. */
export function statisticsLines({ devices, active }: StatisticsView, style: EarlierStyle): readonly string[] {
  const shown = devices.filter(isShown).flatMap((device) => deviceLines(device, style));
  return ["", "📊 Current Statistics:", ...shown, `  Active allocations: ${active}`];
}

/** Circular buffers and kernels do not count. */
function isShown(counters: DeviceCounters): boolean {
  const { device, buffers, dramBytes, l1Bytes, l1SmallBytes, traceBytes } = counters;
  const hasBytes = [dramBytes, l1Bytes, l1SmallBytes, traceBytes].some((each) => each !== 0n);
  return device >= 0 && device < SHOWN_DEVICES && (hasBytes || buffers !== 0);
}

function deviceLines(counters: DeviceCounters, { isEnhanced }: EarlierStyle): readonly string[] {
  const { device, buffers, dramBytes, l1Bytes, l1SmallBytes, traceBytes } = counters;
  const totalBytes = BigInt.asUintN(64, dramBytes + l1Bytes + l1SmallBytes + traceBytes);
  const head = [`  Device ${device}:`, `    Buffers: ${buffers}`];
  if (isEnhanced) {
    const [dram, l1, total] = [dramBytes, l1Bytes, totalBytes].map(kilobytes);
    return [...head, `    DRAM: ${dram} KB`, `    L1: ${l1} KB`, `    Total: ${total} KB`];
  }
  return [
    ...head,
    `    DRAM: ${dramBytes} bytes (${kilobytes(dramBytes)} KB)`,
    `    L1: ${l1Bytes} bytes (${kilobytes(l1Bytes)} KB)`,
    `    Total: ${totalBytes} bytes`,
  ];
}
