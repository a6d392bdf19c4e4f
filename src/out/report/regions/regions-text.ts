import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { printable } from "../../../core/base/printable.ts";
import type {
  MemoryRegion,
  RegionMemory,
  RegionMemoryType,
  RegionProcess,
  RegionsSnapshot,
} from "../../../core/model/memory-region.ts";
import { plainTable } from "../plain-table.ts";

/** The regions in which anything is, each with a row for each process; then what that means. */
export function regionsText(snapshot: RegionsSnapshot): string {
  const { regions, folder } = snapshot;
  if (regions.length === 0) return `tt-memwatch: no regions in ${printable(folder)}: ${NO_REGIONS}\n`;
  const [idle, shown] = [regions.filter(isIdle), regions.filter((region) => !isIdle(region))];
  const blocks = shown.map((region) => `${regionText(region)}\n\n`);
  const notes = notesOn(shown).map((note) => `tt-memwatch: ${note}\n`);
  return `${blocks.join("")}${notes.join("")}${lastLine(shown, idle)}`;
}

const NO_REGIONS = "no program on a tt-metal that writes them has run, or TT_METAL_SHM_TRACKING_DISABLED=1 was set";

function lastLine(shown: readonly MemoryRegion[], idle: readonly MemoryRegion[]): string {
  if (shown.length === 0) return `tt-memwatch: ${count(idle.length, "region")}, nothing is in use\n`;
  const processes = shown.flatMap((region) => region.processes).filter(({ state }) => state === "running");
  const programs = new Set(processes.map(({ localPid }) => localPid)).size;
  const usedBytes = shown.flatMap(({ memories }) => memories).reduce((sum, memory) => sum + memory.usedBytes, 0);
  const holds = programs === 1 ? "holds" : "hold";
  const held =
    programs === 0 ? "no running program" : `${count(programs, "running program")} ${holds} ${formatBytes(usedBytes)}`;
  const more = idle.length === 0 ? "" : `; ${count(idle.length, "more region")} with nothing in use`;
  return `tt-memwatch: ${count(shown.length, "region")}, ${held}${more}\n`;
}

function isIdle({ memories, processes }: MemoryRegion): boolean {
  return processes.length === 0 && memories.every(({ totalBytes }) => totalBytes === 0);
}

function regionText(region: MemoryRegion): string {
  const { path, layout, updatedAt, memories, processes } = region;
  const types = memories.filter(isShown(region)).map(({ memoryType }) => memoryType);
  const rows = processes.map((process) => [
    `${process.localPid ?? process.pid}`,
    programOf(process),
    process.state,
    ...types.map((type) => sizeOf(process.bytes[type])),
  ]);
  const table = plainTable(
    [["pid", "right"], ["program", "left"], ["state", "left"], ...types.map((type) => [type, "right"] as const)],
    [...rows, ...unattributedRow(memories, types)],
  );
  const when = `${updatedAt.slice(0, 10)} ${updatedAt.slice(11, 19)} UTC`;
  return `${nameOf(region)}, ${layout}, last event ${when}: ${printable(path)}\n${table}`;
}

/** Memory types of which nobody has anything would only take room. */
function isShown({ processes }: MemoryRegion): (memory: RegionMemory) => boolean {
  return ({ memoryType, totalBytes }) =>
    memoryType === "DRAM" ||
    memoryType === "L1" ||
    totalBytes !== 0 ||
    processes.some(({ bytes }) => bytes[memoryType] !== 0);
}

function nameOf({ chip, isChipKnown, device }: MemoryRegion): string {
  return isChipKnown ? `chip ${chip} (device ${device})` : `device ${device}`;
}

function programOf({ name, pid, localPid }: RegionProcess): string {
  const inner = localPid === null || localPid === pid ? "" : ` (pid ${pid} in its container)`;
  return `${name === "" ? "?" : printable(name)}${inner}`;
}

function sizeOf(bytes: number | null | undefined): string {
  return bytes === null ? "below zero" : formatBytes(bytes ?? 0);
}

function unattributedRow(memories: readonly RegionMemory[], types: readonly RegionMemoryType[]): string[][] {
  if (memories.every(({ unattributedBytes }) => !unattributedBytes)) return [];
  const unattributed = new Map(memories.map(({ memoryType, unattributedBytes }) => [memoryType, unattributedBytes]));
  const cells = types.map((type) => (unattributed.get(type) ? formatBytes(unattributed.get(type) ?? 0) : ""));
  return [["", "in no process's row", "", ...cells]];
}

/** What is not plain from the words in the table. */
function notesOn(regions: readonly MemoryRegion[]): readonly string[] {
  const processes = regions.flatMap((region) => region.processes);
  const has = (state: RegionProcess["state"]): boolean => processes.some((process) => process.state === state);
  return [
    ...(has("ended")
      ? ["ended: it was killed or crashed, and tt-metal still counts what it had; nothing holds that any more"]
      : []),
    ...(has("unverifiable")
      ? ["unverifiable: no such process is seen from here; it has ended, or runs in a container or as another user"]
      : []),
    ...regions
      .filter(({ isFull }) => isFull)
      .map((region) => `${nameOf(region)}: all rows are taken, so a further process is not listed`),
  ];
}
