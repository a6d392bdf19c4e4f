import { markdownTable } from "markdown-table";
import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { askServer } from "../../in/sources/allocation-client.ts";
import type { StatsAnswer } from "../../in/wire/server-requests.ts";
import type { CommandRow } from "../command-row.ts";
import { declareAskFlags, parseAskOptions } from "./options.ts";

export const statsCommand: CommandRow = {
  name: "stats",
  summary: "print the statistics of a running allocation server",
  declare: (command) => declareAskFlags(command).usage("[options]"),
  run: async (flags, _operands, io) => {
    const { socketPath, isJson, waitMs } = parseAskOptions(flags, io);
    const { kind: _, ...stats } = await askForStats(socketPath, waitMs);
    io.stdout.write(isJson ? `${JSON.stringify(stats, null, 2)}\n` : statsText(stats));
    return ExitCode.clean;
  },
};

/** Throws UsageError if no server answers. */
export async function askForStats(socketPath: string, waitMs: number): Promise<StatsAnswer> {
  for await (const answer of askServer(socketPath, { request: "stats" }, waitMs)) {
    if (answer.kind === "stats") return answer;
  }
  throw new UsageError(`the server on ${socketPath} sent no statistics`);
}

/** One fact a line, then what each device holds. */
export function statsText(stats: Omit<StatsAnswer, "kind">): string {
  const { server, connections, messages, processes, devices } = stats;
  const refusedMessages = Object.values(messages.refused).reduce((total, count) => total + count, 0);
  const facts: readonly (readonly [string, string])[] = [
    ["server", `version ${server.version}, PID ${server.pid}, up ${server.uptimeSeconds} s, on ${server.socket}`],
    ["connections", `${connections.open} open, ${connections.total} in all: ${dialectsText(connections.dialects)}`],
    ["closed: protocol errors", `${connections.refused}`],
    ["frames of unknown size", unknownSizesText(connections.unknownSizes)],
    ["rejected: too many", `${connections.dropped}`],
    ["messages", `${messages.applied}: ${listOf(messages.outcomes)}`],
    ["refused", `${refusedMessages}${refusedMessages > 0 ? `: ${listOf(messages.refused)}` : ""}`],
    ["processes", `${processes.alive} alive, ${processes.atExit.length} ended with memory left`],
    ["tables", tablesText(stats.tables)],
    ["traced live", tracedText(stats.traced)],
    ["lost lines of output", `${stats.lost}`],
    ["faults of its own", `${server.faults}`],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
  return `${[...lines, "", ...deviceLines(devices)].join("\n")}\n`;
}

/** "1 connection with 152 bytes, 2 connections with 160 bytes", or "none". */
export function unknownSizesText(connectionsBySize: Readonly<Record<string, number>>): string {
  const parts = Object.entries(connectionsBySize).map(([frameBytes, connections]) => {
    return `${count(connections, "connection")} with ${frameBytes} bytes`;
  });
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** "1 with frames of 72 bytes, 2 of text", or "none": a dialect is named by its frame's size. */
function dialectsText(dialects: Readonly<Record<string, number>>): string {
  const entries = Object.entries(dialects).filter(([, count]) => count > 0);
  const texts = entries.map(([name, count]) => {
    return /^\d/.test(name) ? `${count} with frames of ${name} bytes` : `${count} of ${name}`;
  });
  return texts.length === 0 ? "none" : texts.join(", ");
}

function tracedText(traced: StatsAnswer["traced"]): string {
  return traced.length === 0 ? "none" : traced.map(tracedProcessText).join(", ");
}

/** "PID 7 (120 records)", "PID 8 (not followed: ...)" */
function tracedProcessText({ pid, state, reason, records, missed, lost }: StatsAnswer["traced"][number]): string {
  if (state === "failed") return `PID ${pid} (not followed: ${printable(reason)})`;
  const gone = missed + lost === 0 ? "" : `, ${missed + lost} lost`;
  return `PID ${pid} (${count(records, "record")}${gone}${state === "ended" ? ", ended" : ""})`;
}

/** "connections 3 of 960, processes 2 of 16384" */
function tablesText(tables: StatsAnswer["tables"]): string {
  return Object.entries(tables)
    .map(([name, { used, max }]) => `${name} ${used} of ${max}`)
    .join(", ");
}

function deviceLines(devices: StatsAnswer["devices"]): readonly string[] {
  if (devices.length === 0) return ["nothing is live"];
  const types = [...new Set(devices.flatMap(({ sizeBytes }) => Object.keys(sizeBytes)))];
  const rows = devices.map(({ device, buffers, sizeBytes }) => [
    `${device}`,
    `${buffers}`,
    ...types.map((type) => formatBytes(sizeBytes[type] ?? 0)),
  ]);
  return [markdownTable([["device", "buffers", ...types], ...rows], { align: "r" })];
}

function listOf(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).filter(([, count]) => count > 0);
  return entries.length === 0 ? "none" : entries.map(([name, count]) => `${count} ${name}`).join(", ");
}
