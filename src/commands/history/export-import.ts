import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { count } from "../../core/base/count.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { OpenError, openFile } from "../../files/open-outside-file.ts";
import { EXPORTED_LINE_BYTES_MAX, parseExportedRun } from "../../in/history/exported-run.ts";
import { linesOf } from "../../in/history/lines-of-stream.ts";
import { exportRuns } from "../../out/store/export-runs.ts";
import type { HistoryStore } from "../../out/store/history-store.ts";
import { saveRun } from "../../out/store/save-run.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import type { HistoryRequest } from "./history-request.ts";
import { withHistory } from "./open-history.ts";

const STDIN = "-";

/** How often a terminal is told how far it is, in ms. */
const PROGRESS_EVERY_MS = 1_000;

/** Writes each run to standard output, as a line of JSON. */
export async function exportHistory({ place, filter }: HistoryRequest, io: Io): Promise<number> {
  await withHistory(place, "read", async (store) => {
    for await (const line of exportRuns(store, filter)) {
      if ((await print(io.stdout, line)) !== "written") return;
    }
  });
  return ExitCode.clean;
}

/** Stores runs that `exportHistory` wrote, each as a whole. */
export async function importHistory({ place, operand, isJson }: HistoryRequest, io: Io): Promise<number> {
  if (operand === null) throw new UsageError("history: name the file to import, or - for standard input");
  const stream = operand === STDIN ? process.stdin : openLines(operand, io.cwd);
  const done = { stored: 0, known: 0 };
  try {
    await withHistory(place, "write", (store) => importLines(store, stream, operand, done, io));
  } catch (error) {
    if (!(error instanceof UsageError) || done.stored === 0) throw error;
    throw new UsageError(
      `${error.message}; ${count(done.stored, "run")} before it ${done.stored === 1 ? "is" : "are"} stored`,
    );
  }
  const known = done.known === 0 ? "" : `; ${done.known} had been stored before`;
  io.stdout.write(isJson ? `${JSON.stringify(done)}\n` : `tt-memwatch: stored ${count(done.stored, "run")}${known}\n`);
  return ExitCode.clean;
}

async function importLines(
  store: HistoryStore,
  stream: AsyncIterable<Buffer>,
  name: string,
  done: { stored: number; known: number },
  io: Io,
): Promise<void> {
  let saidMs = performance.now();
  for await (const { text, number } of linesOf(stream, EXPORTED_LINE_BYTES_MAX, name)) {
    const isStored = await saveRun(store, parseExportedRun(text, `${name}:${number}`));
    done[isStored ? "stored" : "known"] += 1;
    if (io.stderr.isTTY !== true || performance.now() - saidMs < PROGRESS_EVERY_MS) continue;
    saidMs = performance.now();
    io.stderr.write(`tt-memwatch: stored ${count(done.stored, "run")} so far\n`);
  }
}

function openLines(file: string, cwd: string): AsyncIterable<Buffer> {
  const path = resolve(cwd, file);
  try {
    const fd = openFile(path, { access: "read", kinds: ["regular file", "pipe"], links: "own" });
    return createReadStream(path, { fd });
  } catch (error) {
    if (!(error instanceof OpenError || (error instanceof Error && "code" in error))) throw error;
    const reason = "code" in error && error.code === "ENOENT" ? "there is no such file" : error.message;
    throw new UsageError(`history: ${file} cannot be read: ${reason}`);
  }
}
