import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import type { Recorded, RecordedEnd } from "../../core/model/recording.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";
import { quoteShell } from "../../out/report/quote-shell.ts";
import { describeEnd } from "../../out/report/run-facts.ts";
import type { CommandRow } from "../command-row.ts";
import type { Io } from "../io.ts";
import { stateAt, stateText } from "./inspect-at.ts";
import { recordingOperand, withRecording } from "./open-recording.ts";
import { MOMENT_HELP } from "./until.ts";

const Flags = z.object({ json: z.boolean().default(false), at: z.string().optional() });

const HELP = `
Reads and checks the whole file. The exit code is 0 if it is whole, 1 if only a part can be read or something is missing,
and 2 if nothing can be read. With --at it reads only the part around that moment.

Examples:
  tt-memwatch inspect run.mcap
  tt-memwatch inspect --at tests/test_mlp.py::test_mlp run.mcap
  tt-memwatch inspect --at 1m30s run.mcap`;

export const inspectCommand: CommandRow = {
  name: "inspect",
  summary: "list what a recording has, and check whether it is whole",
  declare: (command: Command) =>
    command
      .usage("[--json] [--at TEST|TIME] FILE")
      .option("--json", "print the answer as JSON")
      .option("--at <test or time>", `list what was live ${MOMENT_HELP}`)
      .argument("[file]")
      .addHelpText("after", HELP),
  run: async (values: OptionValues, operands: readonly string[], io: Io) => {
    const { json, at } = Flags.parse(values);
    const file = recordingOperand("inspect", operands);
    if (at !== undefined) {
      const state = await stateAt(file, at, io);
      io.stdout.write(json ? `${JSON.stringify(state, null, 2)}\n` : stateText(state));
      return ExitCode.clean;
    }
    const found = withRecording("inspect", file, io, (reader) => inspect(file, reader));
    io.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : textOf(found));
    const isWhole = found.problem === null && found.dropped.events + found.dropped.records === 0;
    return isWhole ? ExitCode.clean : ExitCode.findings;
  },
};

/** What is in a recording; docs/formats.md describes it. */
interface Inspection {
  readonly schema: string;
  readonly file: string;
  readonly source: Recorded["source"];
  readonly engine: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly commandExitCode: number | null;
  readonly processes: number;
  readonly tests: number;
  readonly events: number;
  readonly rings: number;
  readonly records: number;
  readonly messages: number;
  readonly lost: number;
  readonly dropped: { readonly events: number; readonly records: number };
  readonly sizeBytes: number;
  readonly readableBytes: number;
  readonly chunks: number;
  readonly problem: string | null;
}

/** Takes every step of it; nothing is kept. */
class Tally {
  begun: Recorded | null = null;
  end: RecordedEnd | null = null;
  readonly processes = new Set<number>();
  readonly dropped = { events: 0, records: 0 };
  tests = 0;
  events = 0;
  rings = 0;
  records = 0;
  messages = 0;
  lost = 0;

  take(step: RecordingStep): void {
    if (step.kind === "begin") this.begun = step.begun;
    else if (step.kind === "end") this.end = step.end;
    else if (step.kind === "ring") this.rings += 1;
    else if (step.kind === "records") this.records += step.count;
    else if (step.kind === "messages") this.messages += step.count;
    else if (step.kind === "lost") this.lost += step.records;
    else if (step.kind === "event") this.#takeEvent(step);
    else if (step.kind === "dropped") {
      this.dropped.events += step.dropped.events;
      for (const [, records] of step.dropped.records) this.dropped.records += records;
    }
  }

  #takeEvent({ event }: Extract<RecordingStep, { readonly kind: "event" }>): void {
    this.events += 1;
    if (event.kind === "process-begin") this.processes.add(event.process);
    if (event.kind === "test-begin" && event.repeat === 0) this.tests += 1;
  }
}

function inspect(file: string, reader: RecordingReader): Inspection {
  const tally = new Tally();
  for (const step of reader.steps()) tally.take(step);
  const { begun, end, processes, tests, events, rings, records, messages, lost, dropped } = tally;
  if (begun === null) throw new Error("a recording without a beginning was read");
  return {
    schema: "urn:tt-memwatch:inspect:1",
    file,
    source: begun.source,
    engine: begun.engine,
    command: begun.command,
    cwd: begun.cwd,
    startedAt: begun.startedAt,
    durationMs: end?.durationMs ?? null,
    commandExitCode: end?.commandExitCode ?? null,
    processes: processes.size,
    tests,
    events,
    rings,
    records,
    messages,
    lost,
    dropped,
    sizeBytes: reader.sizeBytes,
    readableBytes: reader.readableBytes,
    chunks: reader.chunks,
    problem: reader.problem,
  };
}

function textOf(found: Inspection): string {
  const { command, durationMs, commandExitCode, dropped, problem } = found;
  const end = durationMs === null ? "its end is not recorded" : describeEnd({ commandExitCode, durationMs });
  const missing = dropped.events + dropped.records;
  const isServer = found.source === "serve";
  const what = isServer ? "an allocation server" : printable(command.map(quoteShell).join(" "));
  const rows = [
    ["command", `${what}   ${end}`],
    ["started", `${found.startedAt} in ${printable(found.cwd)}, watched by tt-memwatch ${printable(found.engine)}`],
    ...(isServer ? [["booked", count(found.messages, "message")]] : runRows(found)),
    ["file", `${formatBytes(found.sizeBytes)} in ${count(found.chunks, "chunk")}`],
    ...(missing === 0
      ? []
      : [
          [
            "lacks",
            `${count(dropped.events, "event")} and ${count(dropped.records, "record")}: the disk did not take them in time`,
          ],
        ]),
    [
      "whole",
      problem === null
        ? "yes"
        : `no: ${printable(problem)}; readable up to byte ${found.readableBytes} of ${found.sizeBytes}`,
    ],
  ];
  return `${rows.map(([name = "", text]) => `${name.padEnd(9)} ${text}`).join("\n")}\n`;
}

function runRows({ tests, processes, events, records, rings, lost }: Inspection): string[][] {
  return [
    ["tests", `${tests} in ${count(processes, "process", "processes")}, ${count(events, "event")}`],
    ["traced", `${count(records, "record")} of ${count(rings, "process", "processes")}, ${lost} lost`],
  ];
}
