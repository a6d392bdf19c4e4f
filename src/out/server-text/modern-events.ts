import { assertNever } from "../../core/base/assert-never.ts";
import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { bufferTypeName, KERNEL_TYPE_NAMES } from "../../core/model/buffer-type.ts";
import type { BufferEvent } from "../../core/model/server-view.ts";

// Wide enough for 4194304 (the largest pid), "SYSTEM_MEMORY", an address of ten digits and "1023.9 KB".
const PID_COLUMNS = 7;
const DEVICE_COLUMNS = 2;
const KIND_COLUMNS = 13;
const ADDRESS_COLUMNS = 12;
const SIZE_COLUMNS = 9;

type Mark = "+" | "-" | "?" | "!";

/**
 * One line for one event: what, who, where, how much and what is special. "+" takes memory, "-" gives it back, "?" is a
 * free of what is not there, "!" cannot be true. "" for what is not worth a line.
 */
export function modernEvent(event: BufferEvent): string {
  const { outcome } = event;
  switch (outcome) {
    case "allocated":
      return line("+", event, bufferType(event), "");
    case "referenced":
      return line("+", event, bufferType(event), `${event.refCount} references${otherSize(event)}`);
    case "released":
      return line("-", event, bufferType(event), `${count(event.refCount, "reference")} left`);
    case "freed":
      return line("-", event, bufferType(event), "");
    case "unknown-free":
      return line("?", event, "", "free of a buffer that was never seen");
    case "double-free":
      return line("?", event, "", "free of a buffer that is freed already");
    case "foreign-free":
      return line("?", event, "", "free of a buffer that only another process has");
    case "cb-allocated":
      return line("+", event, "CB", `device total ${bytesText(event.totalBytes)}`);
    case "cb-freed":
      return line("-", event, "CB", `device total ${bytesText(event.totalBytes)}`);
    case "kernel-loaded":
      return line("+", event, "kernel", kernelNote(event));
    case "kernel-unloaded":
      return line("-", event, "kernel", kernelNote(event));
    case "refused":
      return line("!", event, "", `refused: ${refusalText(event)}`);
    case "ignored":
      return "";
    default:
      return assertNever(outcome);
  }
}

/** Bytes for people; the one decimal that is shown is right above 2^53 too. */
export function bytesText(sizeBytes: bigint): string {
  return formatBytes(Number(sizeBytes));
}

/** Sizes are left out where none is known: frees of what is not there. */
function line(mark: Mark, event: BufferEvent, kind: string, note: string): string {
  const { pid, device, address, sizeBytes } = event;
  const columns = [
    `${mark} PID ${String(pid).padEnd(PID_COLUMNS)}`,
    `device ${String(device).padEnd(DEVICE_COLUMNS)}`,
    kind.padEnd(KIND_COLUMNS),
    `0x${address.toString(16)}`.padEnd(ADDRESS_COLUMNS),
    (mark === "?" ? "" : bytesText(sizeBytes)).padStart(SIZE_COLUMNS),
    note,
  ];
  return columns.join("  ").trimEnd();
}

function bufferType({ typeIndex }: BufferEvent): string {
  return bufferTypeName(typeIndex);
}

function otherSize({ previousSizeBytes }: BufferEvent): string {
  return previousSizeBytes === null ? "" : `, was ${bytesText(previousSizeBytes)}`;
}

function kernelNote({ typeIndex, totalBytes }: BufferEvent): string {
  return `${KERNEL_TYPE_NAMES[typeIndex] ?? `type ${typeIndex}`}, device total ${bytesText(totalBytes)}`;
}

function refusalText({ refusal, typeIndex }: BufferEvent): string {
  if (refusal === "device") return "no such device";
  if (refusal === "full") return "the books are full";
  return refusal === "size" ? "no such size" : `no such buffer type: ${typeIndex}`;
}
