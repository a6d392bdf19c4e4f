import { resolve } from "node:path";
import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import type { ExportedInstant, ExportFormat } from "../../core/model/exported-recording.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import { ReportWriteError, writeReport } from "../../out/report/write-report.ts";
import { checkWritable } from "../check-writable.ts";
import type { CommandRow } from "../command-row.ts";
import { checkDifferent } from "../different-files.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { openReader, recordingInSlices, recordingOperand, withRecording } from "../replay/open-recording.ts";
import type { PlayUntil } from "../replay/play.ts";
import { type Pass, playUntilTime } from "../replay/play-until.ts";
import { MOMENT_HELP, parseUntil } from "../replay/until.ts";
import { STDOUT } from "../run/report-options.ts";
import { exportedBytes } from "./exported-bytes.ts";
import { EXPORT_FORMATS } from "./formats.ts";
import { instantAtEnd, instantOfPeak } from "./instants.ts";
import { Progress } from "./progress.ts";
import { type NamesAndPeaks, readNamesAndPeaks } from "./read-names-and-peaks.ts";

const Flags = z.object({
  to: z.string().optional(),
  output: z.string().optional(),
  at: z.string().optional(),
  until: z.string().optional(),
  peak: z.string().optional(),
});
type Flags = z.output<typeof Flags>;

/** Of `--at`. */
const END = "end";

const FORMAT_LINES = Object.entries(EXPORT_FORMATS).map(([name, { summary }]) => `  ${name.padEnd(18)}${summary}`);

const HELP = `
Formats:
${FORMAT_LINES.join("\n")}

FILE is a recording of tt-memwatch run or trace. pprof, torch-memory-viz and speedscope show one moment: when a device held the
most, unless --at or --peak names another one. perfetto, csv and parquet cover the whole recording, or the part up to --until.
In a CSV file, an apostrophe precedes each text that a spreadsheet would take for a formula.

Examples:
  tt-memwatch export --to perfetto -o run.pftrace run.mcap
  tt-memwatch export --to pprof --peak DRAM -o run.pb.gz run.mcap
  tt-memwatch export --to csv run.mcap | head`;

export const exportCommand: CommandRow = {
  name: "export",
  summary: "convert a recorded run for Perfetto, pprof, PyTorch's viewer, speedscope, spreadsheets or DuckDB",
  declare: (command: Command) =>
    command
      .usage("--to FORMAT [-o OUT] [--at TEST|TIME | --peak TYPE | --until TEST|TIME] FILE")
      .option("--to <format>", `${Object.keys(EXPORT_FORMATS).join(", ")}`)
      .option("-o, --output <file>", "the file to write (default: standard output)")
      .option("--at <test or time>", `show what was live ${MOMENT_HELP}; end is the end of the run`)
      .option("--peak <memory type>", "show what was live when a device held the most of this type (DRAM, L1, ...)")
      .option("--until <test or time>", "leave out what came after this test or time")
      .argument("[file]")
      .addHelpText("after", HELP),
  run: async (values: OptionValues, operands: readonly string[], io: Io) => {
    return exportRecording(Flags.parse(values), recordingOperand("export", operands), io);
  },
};

async function exportRecording(flags: Flags, file: string, io: Io): Promise<number> {
  const format = await formatOf(flags.to);
  checkMoments(flags, format);
  const path = outputOf(flags.output, file, io);
  const until = await untilOf(flags, file, io);
  using progress = new Progress(io.stderr, "exporting");
  const named = withRecording("export", file, io, (reader) => {
    return readNamesAndPeaks(reader, until, () => progress.reached(partOf(reader) / 2));
  });
  const instant = instantOf(flags, named);
  progress.clear();
  for (const lack of named.lacks) io.stderr.write(`tt-memwatch: ${printable(lack)}\n`);
  let sizeBytes = 0;
  const bytes = function* (): Generator<Uint8Array> {
    sizeBytes = 0;
    using reader = openReader("export", file, io);
    for (const piece of exportedBytes(reader, named, { format, instant, until })) {
      sizeBytes += piece.length;
      progress.reached((1 + partOf(reader)) / 2);
      yield piece;
    }
  };
  if (path === null) return (await print(io.stdout, bytes)) === "failed" ? ExitCode.wrongUse : ExitCode.clean;
  await writeNamedExport(path, bytes);
  progress.clear();
  io.stdout.write(`${printable(flags.output ?? path)}: ${formatBytes(sizeBytes)}, ${contentText(named)}\n`);
  return ExitCode.clean;
}

function contentText({ run: { lives, memories } }: NamesAndPeaks): string {
  return `${count(lives, "buffer")} of ${count(memories.length, "memory", "memories")}`;
}

/** null: all of it is taken. */
async function untilOf({ at, until }: Flags, file: string, io: Io): Promise<PlayUntil | null> {
  const pass: Pass = (use) => recordingInSlices("export", file, io, use);
  if (at !== undefined) return at === END ? null : await playUntilTime(parseUntil("export: --at", at), pass);
  return until === undefined ? null : await playUntilTime(parseUntil("export: --until", until), pass);
}

/** How much of it was read. */
function partOf({ readableBytes, sizeBytes }: RecordingReader): number {
  return sizeBytes === 0 ? 1 : readableBytes / sizeBytes;
}

async function formatOf(name: string | undefined): Promise<ExportFormat> {
  const names = Object.keys(EXPORT_FORMATS).join(", ");
  if (name === undefined) throw new UsageError(`export: --to needs a format: ${names}`);
  const row = Object.hasOwn(EXPORT_FORMATS, name) ? EXPORT_FORMATS[name] : undefined;
  if (row === undefined)
    throw new UsageError(`export: --to ${printable(name)}: there is no such format; choose ${names}`);
  return row.load();
}

/** A moment has a meaning for some formats, and for others the end of what they show. */
function checkMoments({ to, at, peak, until }: Flags, { shows }: ExportFormat): void {
  if (shows === "course" && (at !== undefined || peak !== undefined)) {
    const option = at === undefined ? "--peak" : "--at";
    throw new UsageError(`export: ${option}: ${to} covers the whole recording; use --until to leave out its end`);
  }
  if (shows === "instant" && until !== undefined) {
    throw new UsageError(`export: --until: ${to} shows one moment; name it with --at`);
  }
  if (at !== undefined && peak !== undefined) throw new UsageError("export: --at and --peak name two moments; use one");
}

function instantOf({ at, peak }: Flags, { run }: NamesAndPeaks): ExportedInstant {
  if (at === undefined) return instantOfPeak(peak ?? null, run);
  return instantAtEnd(run, at === END ? "at the end" : `at ${printable(at)}`);
}

/** null: standard output. */
function outputOf(output: string | undefined, file: string, io: Io): string | null {
  if (output === undefined || output === STDOUT) {
    if (!io.stdout.isTTY) return null;
    throw new UsageError("export: this is not text for a terminal; name a file with -o");
  }
  if (output === "") throw new UsageError("export: -o needs the name of a file, for example -o run.pftrace");
  const path = resolve(io.cwd, output);
  checkWritable("export", "-o", path);
  checkDifferent("export", [{ name: "FILE", path: resolve(io.cwd, file) }], [{ name: "-o", path }]);
  return path;
}

async function writeNamedExport(path: string, bytes: () => Generator<Uint8Array>): Promise<void> {
  try {
    await writeReport(path, bytes, "the export");
  } catch (error) {
    throw error instanceof ReportWriteError ? new UsageError(`export: ${error.message}`) : error;
  }
}
