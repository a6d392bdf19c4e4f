import { RunLedger } from "../core/ledger/run-ledger.ts";
import type { AllocationsReport } from "../core/model/allocations-report.ts";
import type { RunEvent } from "../core/model/event.ts";
import type { RunRecord } from "../core/model/run-record.ts";
import type { TracedProcess } from "../core/model/run-report.ts";
import { PluginSocket, SOCKET_NAME } from "../in/sources/plugin-socket.ts";
import { folderCandidates, makePrivateFolder } from "../in/sources/private-folder.ts";
import { StatusLine, systemClock } from "../out/live/status-line.ts";
import { runChild } from "./child-process.ts";
import type { Io } from "./io.ts";
import { openRunAllocations } from "./run-allocations.ts";
import { runEnvironment, type TracingEnvironment } from "./run-environment.ts";
import type { RunOptions } from "./run-options.ts";
import { hasColor, isStdoutTaken } from "./run-outputs.ts";
import { RunProgress } from "./run-progress.ts";
import { openRunTrace, type RunTrace } from "./run-trace.ts";

/** What was seen of a command, and how it ended. */
export interface Watched {
  readonly commandExitCode: number;
  readonly record: RunRecord;
  readonly warnings: readonly string[];
  readonly allocations: AllocationsReport | null;
  readonly otherTraced: readonly TracedProcess[];
}

/** Runs the command once, with everything that listens to it. */
export async function watch(options: RunOptions, engine: string, io: Io, interrupted: AbortSignal): Promise<Watched> {
  using folder = makePrivateFolder(folderCandidates(io.env), SOCKET_NAME);
  using status = openStatus(options, io);
  await using allocations = await openRunAllocations(engine, io, options.socketPath);
  using trace = openRunTrace(options.trace);
  const ledger = new DeferringLedger(trace, (event) => {
    status.note(event);
    allocations.note(event);
  });
  await using socket = await PluginSocket.open({ engine, folder, onEvent: (event) => ledger.apply(event) });
  const { exitCode } = await runChild(options.command, {
    env: runEnvironment(io.env, socket.path, options.plugin, tracing(trace, options)),
    stderr: io.stderr,
    signal: interrupted,
    isStdoutTaken: isStdoutTaken(options),
  });
  await socket.drain();
  const served = await allocations.report();
  const record = ledger.record();
  const heard = [...socket.warnings(), ...allocations.warnings, ...trace.warnings];
  return {
    commandExitCode: exitCode,
    record,
    warnings: heard,
    allocations: served,
    otherTraced: trace.others(),
  };
}

function tracing({ folder }: RunTrace, { trace }: RunOptions): TracingEnvironment | null {
  return folder === null ? null : { folder, ...trace };
}

/** The line at the bottom of a terminal, from the first event on. */
function openStatus({ hasStatus, color }: RunOptions, io: Io): Disposable & { note(event: RunEvent): void } {
  if (!hasStatus || io.stderr.isTTY !== true) return { note: () => {}, [Symbol.dispose]: () => {} };
  const isColored = hasColor(color, io.stderr, io.env);
  const line = new StatusLine(io.stderr, { term: io.env.TERM, color: isColored, clock: systemClock });
  const progress = new RunProgress();
  const note = (event: RunEvent): void => {
    progress.note(event);
    line.update(progress.status());
  };
  return { note, [Symbol.dispose]: () => line.close() };
}

/** A fault of ours must not end the command it watches: it comes up when the command has ended. */
class DeferringLedger {
  readonly #ledger = new RunLedger();
  readonly #trace: RunTrace;
  readonly #onApplied: (event: RunEvent) => void;
  #fault: { readonly error: unknown } | null = null;

  constructor(trace: RunTrace, onApplied: (event: RunEvent) => void) {
    this.#trace = trace;
    this.#onApplied = onApplied;
  }

  apply(event: RunEvent): void {
    if (this.#fault !== null) return;
    try {
      this.#trace.before(event, this.#ledger);
      this.#ledger.apply(event);
      this.#onApplied(event);
    } catch (error) {
      this.#fault = { error };
    }
  }

  record(): RunRecord {
    if (this.#fault !== null) throw this.#fault.error;
    this.#trace.finish(this.#ledger);
    return this.#ledger.record();
  }
}
