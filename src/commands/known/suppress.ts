import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, type OptionValues } from "commander";
import { z } from "zod";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { baselineLeftovers } from "../../core/known/leftover.ts";
import { matcherOf, patternOf } from "../../core/known/suppression-match.ts";
import type { Leftover } from "../../core/model/comparison.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { leftoversTable } from "../../out/report/known/leftovers-table.ts";
import { SUPPRESSIONS_HEAD, suppressionText } from "../../out/report/known/suppression-text.ts";
import type { CommandRow } from "../command-row.ts";
import { historyOption } from "../history/history-options.ts";
import { historyPlaceOrOwn } from "../history/history-place.ts";
import type { Io } from "../io.ts";
import { writeNamed } from "../write-named.ts";
import { readSource } from "./read-source.ts";
import { checkSuppressions, DEFAULT_SUPPRESSIONS, readSuppressions, suppressionsText } from "./read-suppressions.ts";

const Flags = z.object({
  finding: z.number().optional(),
  signature: z.string().optional(),
  reason: z.string().optional(),
  owner: z.string().optional(),
  ref: z.string().optional(),
  until: z.string().optional(),
  file: z.string().default(DEFAULT_SUPPRESSIONS),
  json: z.boolean().default(false),
  history: z.string().optional(),
});

type Flags = z.output<typeof Flags>;

const HELP = `
REPORT is a recording (run --record FILE), a report (run --json FILE) or a run of the history (last, run:ID). Without
--finding and --signature the command lists what could be suppressed, by number. With one of them it adds an entry to the
file. The entry accepts as much as this test left and no more, even after the test's file was renamed. run reads the file in
the folder where it starts; run and replay read another one with --suppressions FILE.

Examples:
  tt-memwatch suppress report.json
  tt-memwatch suppress --finding 1 --reason "the rope table is shared" --owner me --until 2026-12-31 report.json`;

export const suppressCommand: CommandRow = {
  name: "suppress",
  summary: "accept a finding of a run: write a suppression for it, with a reason, a limit and an expiry date",
  declare: (command: Command) =>
    command
      .usage("[options] REPORT")
      .option("--finding <number>", "number of the finding in the list", parseNumber)
      .option("--signature <text>", "signature of the finding")
      .option("--reason <text>", "why it is accepted")
      .option("--owner <name>", "who accepts it")
      .option("--ref <text>", "where to read more, such as the URL of an issue")
      .option("--until <date>", "the last day on which it is accepted, e.g. 2026-12-31", parseDay)
      .option("--file <file>", "the file of suppressions", DEFAULT_SUPPRESSIONS)
      .option("--json", "print the list, or the new entry, as JSON")
      .addOption(historyOption())
      .argument("[report]")
      .addHelpText("after", HELP),
  run: (values: OptionValues, [report], io: Io) => suppress(Flags.parse(values), report, io),
};

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Wanted the number of a finding, from 1.");
}

function parseDay(text: string): string {
  if (z.iso.date().safeParse(text).success) return text;
  throw new InvalidArgumentError("Wanted a date such as 2026-12-31.");
}

async function suppress(flags: Flags, report: string | undefined, io: Io): Promise<number> {
  if (!report) throw new UsageError("suppress: name a recording or a report: tt-memwatch suppress REPORT");
  checkWords(flags);
  const leftovers = baselineLeftovers(
    await readSource("suppress", report, () => historyPlaceOrOwn("suppress", flags.history, io), io),
  );
  if (flags.finding === undefined && flags.signature === undefined) return list(leftovers, flags, io);
  const leftover = chosen(leftovers, flags, report);
  if (!flags.reason) throw new UsageError('suppress: say why it is accepted: --reason "..."');
  await addEntry(leftover, { ...flags, reason: flags.reason }, io);
  return ExitCode.clean;
}

/** What is said of a suppression goes with one that is written, and holds at least today, by the date in UTC. */
function checkWords({ finding, signature, reason, owner, ref, until }: Flags): void {
  const [word] = Object.entries({ reason, owner, ref, until }).filter(([, said]) => said !== undefined);
  if (word !== undefined && finding === undefined && signature === undefined) {
    throw new UsageError(
      `suppress: --${word[0]} applies to one finding; choose it with --finding NUMBER or --signature TEXT`,
    );
  }
  const today = new Date().toISOString().slice(0, "2026-12-31".length);
  if (until !== undefined && until < today) {
    throw new UsageError(`suppress: --until ${until} has passed; name today (${today}) or a later day`);
  }
}

function list(leftovers: readonly Leftover[], { json }: Flags, io: Io): number {
  const numbered = leftovers.map((leftover, index) => ({ number: index + 1, ...leftover }));
  io.stdout.write(json ? `${JSON.stringify(numbered, null, 2)}\n` : leftoversTable(leftovers));
  return ExitCode.clean;
}

function chosen(leftovers: readonly Leftover[], { finding, signature }: Flags, report: string): Leftover {
  if (finding !== undefined && signature !== undefined) {
    throw new UsageError("suppress: --finding and --signature both say which; give one of them");
  }
  const wantedOnes =
    finding === undefined
      ? leftovers.filter((each) => each.signature === signature)
      : leftovers.slice(finding - 1, finding);
  const [leftover, another] = wantedOnes;
  if (another !== undefined) {
    throw new UsageError(
      `suppress: ${count(wantedOnes.length, "test")} of ${report} have that signature; choose one by --finding`,
    );
  }
  if (leftover !== undefined) return leftover;
  const wanted = finding === undefined ? "no such signature" : `${count(leftovers.length, "finding")} to choose from`;
  throw new UsageError(`suppress: ${report} has ${wanted}; tt-memwatch suppress ${report} lists them`);
}

async function addEntry(leftover: Leftover, flags: Flags & { readonly reason: string }, io: Io): Promise<void> {
  const { file, reason, json } = flags;
  const path = resolve(io.cwd, file);
  const before = existsSync(path) ? textBefore(file, leftover, io) : SUPPRESSIONS_HEAD;
  const { owner = null, ref = null, until = null } = flags;
  const entry = suppressionText(leftover, { tests: patternOf(leftover), reason, owner, ref, until });
  const text = `${before}${before.endsWith("\n") ? "" : "\n"}${entry}`;
  checkSuppressions(text, file);
  await writeNamed(path, "the suppressions", text);
  const told = { file, signature: leftover.signature };
  io.stdout.write(
    json ? `${JSON.stringify(told)}\n` : `${printable(file)} accepts ${printable(leftover.signature)}:\n${entry}`,
  );
}

/** The text of a file that is right, and does not have it yet. */
function textBefore(file: string, { signature, test }: Leftover, io: Io): string {
  const same = readSuppressions(file, io).entries.find((entry) => {
    return entry.signature === signature && matcherOf(entry, () => false).isForTest(test ?? "");
  });
  if (same === undefined) return suppressionsText(file, io);
  throw new UsageError(`suppress: ${file}:${same.line} is a suppression of it; change that one`);
}
