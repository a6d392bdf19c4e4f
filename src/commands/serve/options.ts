import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option, type OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { EARLIER_VERSIONS, type EarlierVersion } from "../../core/model/earlier-version.ts";
import type { FlavourName } from "../../out/server-text/flavour-table.ts";
import { checkPage } from "../check-page.ts";
import { checkDifferent } from "../different-files.ts";
import type { Io } from "../io.ts";
import { declareMetricsFlags, MetricsFlags, type MetricsOptions, metricsOptions } from "../metrics-options.ts";
import { RECORD_FLAG, recordingFiles, recordingPath } from "../recording-path.ts";
import { declareSocketFlag, socketPath } from "../socket-option.ts";
import { UiFlag, uiOption } from "../ui-option.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";

const FLAVOUR_NAMES = ["modern", ...EARLIER_VERSIONS] as const satisfies readonly FlavourName[];
const DEFAULT_MODE = 0o600;
const MODE_MAX = 0o777;
/** 2^32 - 1 is (gid_t)-1: no change. */
const GID_MAX = 2 ** 32 - 2;

export interface ServeOptions {
  readonly socketPath: string;
  readonly mode: number;
  readonly gid: number | null;
  readonly flavour: FlavourName;
  readonly compat: EarlierVersion | null;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  /** "-" for the standard output. */
  readonly jsonEvents: string | null;
  /** Absolute; null: nothing is recorded. */
  readonly recordingFile: string | null;
  readonly logLevel: LogLevel;
  /** null: the defaults. */
  readonly rulesFile: string | null;
  /** Where the page is served, 0 for any port that is free; null: nowhere. */
  readonly uiPort: number | null;
  readonly metrics: MetricsOptions;
}

const Flags = z.object({
  socket: z.string().optional(),
  mode: z.string().optional(),
  group: z.string().optional(),
  text: z.enum(FLAVOUR_NAMES).optional(),
  compat: z.boolean().default(false),
  quiet: z.boolean().default(false),
  verbose: z.boolean().default(false),
  jsonEvents: z.string().optional(),
  record: z.string().optional(),
  logLevel: z.enum(LOG_LEVELS).default("warn"),
  rules: z.string().optional(),
  ui: UiFlag,
  ...MetricsFlags.shape,
});

export function declareServeFlags(command: Command): Command {
  return declareMetricsFlags(declareSocketFlag(command))
    .usage("[options]")
    .option("--mode <octal>", "permissions of the socket (default: 600)")
    .option("--group <name>", "group of the socket; its members may connect (mode 660 unless --mode is given)")
    .addOption(
      new Option("--text <flavour>", "output style: for people, or byte for byte as an earlier version").choices(
        FLAVOUR_NAMES,
      ),
    )
    .option("--compat", "keep the books as the version of --text did, to compare logs with it")
    .option("--rules <file>", "judge the books by these rules instead of the defaults (see: tt-memwatch rules)")
    .addOption(uiOption())
    .option("-q, --quiet", "print nothing")
    .option("-v, --verbose", "print every event, including frees of unknown buffers")
    .option(
      "--json-events <file>",
      "append each event as a line of JSON; - writes them to standard output, and no other text",
    )
    .option(RECORD_FLAG, "record all that is booked in this file, for tt-memwatch replay and inspect")
    .addOption(new Option("--log-level <level>", "what to log on standard error").choices(LOG_LEVELS));
}

/** Throws UsageError for what makes no sense. */
export function parseServeOptions(flags: OptionValues, operands: readonly string[], io: Io): ServeOptions {
  if (operands.length > 0) throw new UsageError(`serve takes no operand, got ${JSON.stringify(operands[0])}`);
  const given = Flags.parse(flags);
  const { socket, mode, group, text, compat, quiet, verbose, jsonEvents, record, logLevel, rules, ui } = given;
  const flavour = text ?? (io.stdout.isTTY === true ? "modern" : "v144");
  if (compat && flavour === "modern") {
    throw new UsageError("--compat needs --text v72, v72e, v112a, v112b or v144: the version whose books to keep");
  }
  if (compat && rules !== undefined) throw new UsageError("--compat judges nothing: leave --rules or --compat out");
  if (compat && record !== undefined) throw new UsageError("--compat is not recorded: leave --record or --compat out");
  if (compat && ui !== null) throw new UsageError("--compat keeps no lists for a page: leave --ui or --compat out");
  if (ui !== null) checkPage("serve", "--ui");
  if (jsonEvents === "") throw new UsageError('--json-events needs a file, or "-" for standard output; got ""');
  const eventsFile = jsonEvents === undefined || jsonEvents === "-" ? null : resolve(io.cwd, jsonEvents);
  const recordingFile = recordingPath("serve", record, io.cwd);
  checkDifferent(
    "serve",
    [
      ...(rules === undefined ? [] : [{ name: "--rules", path: resolve(io.cwd, rules) }]),
      ...(eventsFile === null ? [] : [{ name: "--json-events", path: eventsFile }]),
    ],
    recordingFiles(recordingFile),
  );
  return {
    socketPath: socketPath(socket ?? null, io),
    mode: mode === undefined ? (group === undefined ? DEFAULT_MODE : 0o660) : parseMode(mode),
    gid: group === undefined ? null : groupId(group),
    flavour,
    compat: compat && flavour !== "modern" ? flavour : null,
    isQuiet: quiet || jsonEvents === "-",
    isVerbose: verbose,
    jsonEvents: jsonEvents === "-" ? "-" : eventsFile,
    recordingFile,
    logLevel,
    rulesFile: rules ?? null,
    uiPort: ui,
    metrics: metricsOptions(given, io.env),
  };
}

function parseMode(text: string): number {
  const mode = /^[0-7]{3,4}$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  if (mode <= MODE_MAX) return mode;
  throw new UsageError(`--mode ${text} is not a permission in octal, such as 600 or 660`);
}

function groupId(name: string): number {
  if (/^\d+$/.test(name) && Number(name) <= GID_MAX) return Number(name);
  const lines = readFileSync("/etc/group", "utf8").split("\n");
  const gid = lines.map((line) => line.split(":")).find(([group]) => group === name)?.[2];
  if (gid !== undefined) return Number(gid);
  throw new UsageError(
    `there is no group ${JSON.stringify(name)} in /etc/group: name one of \`groups\`, or its number`,
  );
}
