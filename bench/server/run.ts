/**
 * What the allocation server takes: messages a second, a client's time in a send, memory, and how long requests take
 * while clients send. Next to it stands, where it can, a reference that reads the same bytes and does nothing else.
 *
 * Usage: node bench/server/run.ts [--only ingest,send,memory,checkpoint,dump,churn,rings] [--rounds 3] [--churn 1e8]
 *        [--scale 1] [--json]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { markdownTable } from "markdown-table";
import { type Bench, buildPrograms, type PartResult, TASKSET, twoCores } from "./bench.ts";
import { measureCheckpoint } from "./checkpoint.ts";
import { measureChurn } from "./churn.ts";
import { measureDump } from "./dump.ts";
import { measureIngest } from "./ingest.ts";
import { measureMemory } from "./memory.ts";
import { measureRings } from "./rings.ts";
import { measureSend } from "./send.ts";

const PARTS: Readonly<Record<string, (bench: Bench) => Promise<PartResult>>> = {
  ingest: measureIngest,
  send: measureSend,
  memory: measureMemory,
  checkpoint: measureCheckpoint,
  dump: measureDump,
  churn: measureChurn,
  rings: measureRings,
};

/** Off the reader's processor goes this process, too: it reads what is asked for while the others send. */
function pinSelf(cores: Bench["cores"]): void {
  if (cores === null) return;
  const { status, stderr } = spawnSync(TASKSET, ["-acp", `${cores.sender}`, `${process.pid}`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`taskset exited with ${status}: ${stderr}`);
}

function chosenParts(only: string): string[] {
  const names = only.split(",");
  const unknown = names.find((name) => PARTS[name] === undefined);
  if (unknown !== undefined) throw new Error(`--only ${unknown}: wanted some of ${Object.keys(PARTS).join(",")}`);
  return names;
}

const { values } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(PARTS).join(",") },
    rounds: { type: "string", default: "3" },
    churn: { type: "string", default: "1e8" },
    scale: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const names = chosenParts(values.only);
const folder = mkdtempSync(path.join(tmpdir(), "bench-server-"));
try {
  buildPrograms(folder);
  const bench: Bench = {
    folder,
    cores: twoCores(),
    rounds: Number(values.rounds),
    scale: Number(values.scale),
    churnFrames: Number(values.churn),
    say: (progress) => process.stderr.write(`\r\u001b[K${progress}`),
  };
  pinSelf(bench.cores);
  const results: Record<string, PartResult["rows"]> = {};
  for (const name of names) {
    const { title, rows, table } = (await PARTS[name]?.(bench)) ?? { title: name, rows: [], table: [] };
    results[name] = rows;
    process.stderr.write("\r\u001b[K");
    if (!values.json) process.stdout.write(`${title}:\n\n${markdownTable([...table], { align: "r" })}\n\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
