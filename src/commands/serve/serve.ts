import { jsonBytes } from "../../core/base/bytes.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { MessageType } from "../../core/model/buffer-message.ts";
import { bufferTypeName } from "../../core/model/buffer-type.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import type { LiveSource } from "../../core/model/live-snapshot.ts";
import type { Rules } from "../../core/model/rules.ts";
import type { BufferEvent } from "../../core/model/server-view.ts";
import { sendDatagram } from "../../in/sources/libc.ts";
import { LineWriter } from "../../out/live/line-writer.ts";
import type { Flavour, ServerText } from "../../out/server-text/flavour.ts";
import { FLAVOURS } from "../../out/server-text/flavour-table.ts";
import type { CommandRow } from "../command-row.ts";
import { engineVersion } from "../engine-version.ts";
import type { Io } from "../io.ts";
import { announce } from "../live/announce-to-top.ts";
import { openMetrics } from "../live/open-metrics.ts";
import { openPage } from "../open-page.ts";
import { rulesOf } from "../rules.ts";
import { AllocationServer } from "./allocation-server.ts";
import { RequestAnswers } from "./answer-requests.ts";
import { LiveServer } from "./live-server.ts";
import { makeLog } from "./log.ts";
import { declareServeFlags, parseServeOptions, type ServeOptions } from "./options.ts";
import { openServerRecording } from "./server-recording.ts";

/** The earlier server printed its statistics every so often, whether anything had changed or not. */
const EARLIER_STATISTICS_EVERY_MS = 10_000;

const HELP = `
It sees a stock ttnn: every process that tt-memwatch run or trace started, and every pytest with the plugin. All clients
of the earlier allocation server work unchanged: a patched tt-metal (TT_ALLOC_TRACKING_ENABLED=1), the
monitor, dump_remaining_buffers.py and conftest fixtures.

Output style: modern is for people, and the default on a terminal. The others print exactly what that version of the
earlier server printed; v144 is the default elsewhere. --compat also keeps the books as that version did, mistakes
included.

SIGTERM and SIGINT print the statistics and stop the server. SIGUSR1 prints the statistics.

Examples:
  tt-memwatch serve
  tt-memwatch serve --ui
  tt-memwatch serve --metrics
  tt-memwatch serve --quiet --json-events events.jsonl
  tt-memwatch dump          (in another terminal: prints what is live now)`;

export const serveCommand: CommandRow = {
  name: "serve",
  summary: "run the allocation server: what all processes on a stock or patched ttnn hold now",
  declare: (command) => declareServeFlags(command).addHelpText("after", HELP),
  run: (flags, operands, io) => serve(parseServeOptions(flags, operands, io), io),
};

async function serve(options: ServeOptions, io: Io): Promise<number> {
  // Not io.stderr itself: what waits there for a reader who never reads would keep the program from ending.
  const errors = new LineWriter(2, () => {});
  const log = makeLog(options.logLevel, io, (line) => errors.write(line));
  const flavour = FLAVOURS[options.flavour];
  const text = options.isQuiet ? null : new LineWriter(1, (message) => log.warn(`standard output: ${message}`));
  const events = openEvents(options, (message) =>
    log.warn(`${options.jsonEvents}: ${message}: no more events are written`),
  );
  const print = text === null ? null : printer(text, errors);
  const rules = rulesOf(options.rulesFile, io);
  const lost = (): number => (text?.lost ?? 0) + errors.lost + (events?.lost ?? 0);
  const answers = new RequestAnswers(engineVersion(), lost, io.faults, rules);
  const recorded = await openServerRecording(options.recordingFile, rules, io);
  using stop = catchStopSignals();
  try {
    await using server = await AllocationServer.open({
      ...options,
      flavour,
      print,
      followsRings: true,
      recording: recorded.recording,
      onEvent: events === null ? null : (event, type) => events.write(eventLine(event, type)),
      onCommand: answers.answer,
      log,
      faults: io.faults,
    });
    const live = liveServer(server, rules, io);
    await using _ = await announce(io, () => live.snapshot());
    await using _monitor = await openMetrics("serve", options.metrics, io, () => live.snapshot());
    await using _page = await openBooksPage(server, live, options, rules, io);
    print?.({ out: flavour.start(options.socketPath), err: "" });
    notifySystemd(io, `READY=1\nSTATUS=listening on ${options.socketPath}`);
    await runUntil(stop.signalled, server, flavour, print, options);
    live.isOpen = false;
    await server.checkpoint();
    notifySystemd(io, "STOPPING=1");
    server.recordRings();
    for (const lacks of await recorded.end()) log.warn(lacks);
    print?.({ out: flavour.stop(server.books.statistics(), server.books.remaining(0).doubleFreed), err: "" });
  } finally {
    await text?.end();
    await events?.end();
    await errors.end();
  }
  return ExitCode.clean;
}

/** null: none is asked for. */
async function openBooksPage(
  server: AllocationServer,
  live: LiveServer,
  { uiPort }: ServeOptions,
  rules: Rules,
  io: Io,
): Promise<AsyncDisposable | null> {
  const books = server.serverBooks;
  if (uiPort === null || books === null) return null;
  const { BooksPage } = await import("./live-books-page.ts");
  return openPage("serve", new BooksPage(server, books, rules, io.faults), () => live.snapshot(), uiPort, io);
}

function liveServer(server: AllocationServer, rules: Rules, io: Io): LiveServer {
  const startMs = performance.now();
  const [title, startedAt] = [[server.options.socketPath], new Date().toISOString()];
  const source: LiveSource = { command: "serve", pid: process.pid, title, engine: engineVersion(), startedAt };
  return new LiveServer(server, source, rules, io.faults, () => Math.round(performance.now() - startMs));
}

type Print = (text: ServerText) => void;

const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** From before there is a socket until the first signal: none ends the server without its clean-up, a second one does. */
function catchStopSignals(): Disposable & { readonly signalled: Promise<void> } {
  const { promise: signalled, resolve } = Promise.withResolvers<void>();
  // The socket's own handles may be unreferenced; the server lives until a signal stops it.
  const alive = setInterval(() => {}, 2 ** 30);
  const release = (): void => {
    clearInterval(alive);
    for (const signal of STOP_SIGNALS) process.removeListener(signal, release);
    resolve();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, release);
  return { signalled, [Symbol.dispose]: release };
}

async function runUntil(
  stopped: Promise<void>,
  server: AllocationServer,
  flavour: Flavour,
  print: Print | null,
  { isVerbose }: ServeOptions,
): Promise<void> {
  const statistics = (): void => print?.({ out: flavour.statistics(server.books.statistics()), err: "" });
  const isPeriodic = flavour.printsEvents || isVerbose;
  const timer = isPeriodic ? setInterval(statistics, EARLIER_STATISTICS_EVERY_MS) : undefined;
  process.on("SIGUSR1", statistics);
  await stopped;
  clearInterval(timer);
  process.removeListener("SIGUSR1", statistics);
}

function printer(text: LineWriter, errors: LineWriter): Print {
  return ({ out, err }) => {
    text.write(out);
    errors.write(err);
  };
}

function openEvents({ jsonEvents }: ServeOptions, onFailure: (message: string) => void): LineWriter | null {
  if (jsonEvents === null) return null;
  try {
    return new LineWriter(jsonEvents === "-" ? 1 : jsonEvents, onFailure);
  } catch (error) {
    throw new UsageError(`cannot write events to ${jsonEvents}: ${error instanceof Error ? error.message : error}`);
  }
}

const PROGRAM_TYPES: readonly number[] = [
  MessageType.cbAllocate,
  MessageType.cbFree,
  MessageType.kernelLoad,
  MessageType.kernelUnload,
];

/** One line of --json-events. */
function eventLine(event: BufferEvent, type: number): string {
  const isProgram = PROGRAM_TYPES.includes(type);
  const isCb = type === MessageType.cbAllocate || type === MessageType.cbFree;
  const line = {
    kind: event.outcome,
    atMs: Date.now(),
    device: event.device,
    address: `0x${event.address.toString(16)}`,
    sizeBytes: jsonBytes(event.sizeBytes),
    memoryType: isProgram ? (isCb ? "CB" : "KERNEL") : bufferTypeName(event.typeIndex),
    pid: event.pid,
    refCount: event.refCount,
    ...(event.previousSizeBytes === null ? {} : { previousSizeBytes: jsonBytes(event.previousSizeBytes) }),
    ...(event.refusal === null ? {} : { refusal: event.refusal }),
  };
  return `${JSON.stringify(line)}\n`;
}

/** Tells systemd, where it asked to be told (`Type=notify`). */
function notifySystemd(io: Io, state: string): void {
  const socket = io.env.NOTIFY_SOCKET;
  if (socket) sendDatagram(socket, state);
}
