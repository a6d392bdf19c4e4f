import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import { livePlace } from "../../in/sources/live-socket-folder.ts";
import { type Paint, painted, type ScreenLine } from "../../out/live/top/line.ts";
import { renderTop } from "../../out/live/top/render.ts";
import { INITIAL_STATE } from "../../out/live/top/top-state.ts";
import type { TopData } from "../../out/live/top/top-view.ts";
import type { CommandRow } from "../command-row.ts";
import type { Io } from "../io.ts";
import { columnsOf, hasColor } from "../run/outputs.ts";
import { LiveSources } from "./live-sources.ts";
import { declareTopFlags, parseTopOptions, type TopOptions } from "./options.ts";
import { RecordingPlayer } from "./recording-player.ts";
import { watchLive, watchRecording } from "./watch-top.ts";

const HELP = `
Shows every tt-memwatch run, trace and serve of yours on this machine, while they go on: devices with what is in use, the
tests that run, findings by cause, and the largest buffers with the lines that allocated them. Programs that start later
appear by themselves. tt-metal programs that run without tt-memwatch appear with their own counts (see tt-memwatch regions).
Press ? for the keys, q to quit.

Examples:
  tt-memwatch top
  tt-memwatch top --once | head -20
  tt-memwatch top --json | jq .devices
  tt-memwatch top --at tests/test_mlp.py::test_mlp run.mcap`;

export const topCommand: CommandRow = {
  name: "top",
  summary: "show what runs now, or ran in a recording: devices, tests, findings, largest buffers",
  declare: (command) => declareTopFlags(command).addHelpText("after", HELP),
  run: (flags, operands, io) => top(parseTopOptions(flags, operands), io),
};

async function top(options: TopOptions, io: Io): Promise<number> {
  const paint = paintOf(options, io);
  const isPlain = options.isOnce || options.isJson;
  if (!isPlain && !(io.stdout.isTTY && process.stdin.isTTY && io.env.TERM !== "dumb")) {
    throw new UsageError(
      "top: this is not a terminal that can show it: print one frame with --once, or snapshots with --json",
    );
  }
  if (options.file !== null) {
    const player = RecordingPlayer.open(options.file, options.at, io);
    if (!isPlain) {
      await watchRecording(player, paint, io);
      return ExitCode.clean;
    }
    await player.read(new AbortController().signal);
    if (options.isJson) writeJson(options.isOnce ? [player.snapshot] : player.snapshots, io);
    else writeFrame(player.data(), paint, io);
    return ExitCode.clean;
  }
  const place = livePlace(io.env);
  if (place === null)
    throw new UsageError(
      "top: there is no folder in which programs announce themselves; set XDG_RUNTIME_DIR to one of yours",
    );
  if (options.isOnce) await printOnce(place, options, paint, io);
  else if (options.isJson) await printSnapshots(place, io);
  else await watchLive(place, paint, io);
  return ExitCode.clean;
}

async function printOnce(place: string, { isJson }: TopOptions, paint: Paint, io: Io): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using sources = new LiveSources(place, () => {}, resolve);
  await promise;
  for (const problem of sources.problems) io.stderr.write(`tt-memwatch: top: ${problem}\n`);
  const all = sources.all();
  if (isJson)
    writeJson(
      all.map(({ snapshot }) => snapshot),
      io,
    );
  else writeFrame({ sources: all, position: null }, paint, io);
}

/** Until whoever reads them has gone, or a signal ends it. */
async function printSnapshots(place: string, io: Io): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isReady = true;
  io.stdout.once("error", () => resolve()).once("close", () => resolve());
  using _ = new LiveSources(
    place,
    (snapshot) => {
      // Who does not read misses snapshots.
      if (snapshot === null || !isReady) return;
      isReady = io.stdout.write(`${JSON.stringify(snapshot)}\n`);
      if (!isReady) io.stdout.once("drain", () => (isReady = true));
    },
    () => {},
  );
  await promise;
}

function writeJson(snapshots: readonly LiveSnapshot[], io: Io): void {
  for (const snapshot of snapshots) io.stdout.write(`${JSON.stringify(snapshot)}\n`);
}

/** Where nobody says how wide it may be. */
const PLAIN_COLUMNS = 100;
const PLAIN_ROWS = 40;

/** Without what is for keys: nobody can press one. */
function writeFrame(data: TopData, paint: Paint, io: Io): void {
  const columns = io.stdout.columns ?? columnsOf(io.env) ?? PLAIN_COLUMNS;
  const rows = Math.max(PLAIN_ROWS, io.stdout.rows ?? 0);
  const frame = renderTop(data, { ...INITIAL_STATE, isPaused: data.position !== null }, { columns, rows });
  const lines = frame.slice(0, -1).map((line: ScreenLine) => painted(line, paint));
  const end = lines.findLastIndex((line) => line !== "");
  io.stdout.write(`${lines.slice(0, end + 1).join("\n")}\n`);
}

function paintOf({ color }: TopOptions, io: Io): Paint {
  return { hasColor: hasColor(color, io.stdout, io.env), isUnicode: isUnicode(io.env) };
}

/** As the C library finds out which characters a program may write. */
export function isUnicode(env: Readonly<NodeJS.ProcessEnv>): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || "");
}
