import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { z } from "zod";
import { ENVIRONMENT } from "../environment.ts";
import { PLUGINS, PROGRAM, STAGE } from "./places.ts";
import type { Part } from "./suites.ts";

/** How a suite is run: as it is, or with a device that is opened for it and a tensor that each test leaves. */
export const WAYS = ["plain", "haunted"] as const;
export type Way = (typeof WAYS)[number];

export interface Call {
  readonly python: string;
  /** Copied anew for each run. */
  readonly source: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly way: Way;
  /** In a haunted run one of so many tests leaves a tensor. */
  readonly hauntEvery: number;
  readonly part: Part | undefined;
  readonly isWatched: boolean;
  readonly withinMs: number;
  /** Where its files are kept for who looks into a difference. */
  readonly keptIn: string;
}

/** All that can be seen of one run. */
export interface Seen {
  /** Lines of the recorder. */
  readonly record: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly junit: string;
  /** The command's own; null if it had to be ended. */
  readonly exitCode: number | null;
  /** Findings of the watched run, by verdict. */
  readonly findings: Readonly<Record<string, number>>;
  readonly durationMs: number;
}

const FILES = { record: "record.jsonl", stdout: "stdout", stderr: "stderr", junit: "junit.xml", exit: "exit" } as const;

/** Keeps what pytest wrote apart from what is printed or merged after it. Arguments: folder for results, then the command. */
const SCRIPT = `
out=$1; shift
"$@" >"$out/${FILES.stdout}" 2>"$out/${FILES.stderr}" --junitxml="$out/merged.xml" </dev/null
status=$?
[ -f "$out/merged.xml" ] && cp "$out/merged.xml" "$out/${FILES.junit}"
echo $status >"$out/${FILES.exit}"
exit $status
`;

const Report = z.object({ findings: z.array(z.object({ verdict: z.string() })) });

/** Runs a suite once, in a fresh copy, and gives what was seen. */
export async function runArm(call: Call): Promise<Seen> {
  const stage = prepareStage(call.source);
  const started = performance.now();
  await runToItsEnd(commandOf(call, stage), call, stage);
  const durationMs = Math.round(performance.now() - started);
  const read = (name: string): string => {
    const path = join(stage.results, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  rmSync(call.keptIn, { recursive: true, force: true });
  cpSync(stage.results, call.keptIn, { recursive: true });
  const exit = read(FILES.exit).trim();
  return {
    record: read(FILES.record),
    stdout: read(FILES.stdout),
    stderr: read(FILES.stderr),
    junit: read(FILES.junit),
    exitCode: exit === "" ? null : Number(exit),
    findings: countVerdicts(read("report.json")),
    durationMs,
  };
}

interface Stage {
  readonly suite: string;
  readonly results: string;
  readonly temporary: string;
}

function prepareStage(source: string): Stage {
  rmSync(STAGE, { recursive: true, force: true });
  const stage = { suite: join(STAGE, "suite"), results: join(STAGE, "results"), temporary: join(STAGE, "tmp") };
  for (const folder of [stage.results, stage.temporary]) mkdirSync(folder, { recursive: true });
  cpSync(source, stage.suite, { recursive: true, verbatimSymlinks: true });
  return stage;
}

function commandOf({ python, args, way, part, isWatched }: Call, { results }: Stage): readonly string[] {
  const haunt = way === "haunted" ? ["-p", "harmless_haunt"] : [];
  const choose = part === undefined ? [] : ["-p", "harmless_part"];
  const pytest = [python, "-m", "pytest", "-p", "harmless_recorder", ...choose, ...haunt, ...args];
  const watched = isWatched ? [PROGRAM, "run", "--quiet", "--json", join(results, "report.json"), "--"] : [];
  const mocked = way === "haunted" ? [PROGRAM, "mock", "--"] : [];
  return [...mocked, ...watched, "sh", "-c", SCRIPT, "sh", results, ...pytest];
}

async function runToItsEnd(command: readonly string[], call: Call, stage: Stage): Promise<void> {
  const [program = "", ...args] = command;
  // A process group of its own: a suite that hangs is ended with all that it started.
  const child = spawn(program, args, {
    cwd: stage.suite,
    env: environmentOf(call, stage),
    stdio: "ignore",
    detached: true,
  });
  const end = (): void => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  const timer = setTimeout(end, call.withinMs);
  process.once("exit", end);
  await once(child, "exit");
  process.off("exit", end);
  clearTimeout(timer);
}

function environmentOf(call: Call, stage: Stage): NodeJS.ProcessEnv {
  return {
    ...ENVIRONMENT,
    PATH: [dirname(call.python), ENVIRONMENT.PATH].join(delimiter),
    PYTHONPATH: PLUGINS,
    PYTHONHASHSEED: "0",
    TMPDIR: stage.temporary,
    HARMLESS_RECORD: join(stage.results, FILES.record),
    ...(call.way === "haunted" ? { HARMLESS_KEEPS: "1", HARMLESS_HAUNT_EVERY: String(call.hauntEvery) } : {}),
    ...(call.part === undefined ? {} : { HARMLESS_PART: `${call.part.number}/${call.part.count}` }),
    ...call.env,
  };
}

function countVerdicts(report: string): Record<string, number> {
  const counts: Record<string, number> = {};
  if (report === "") return counts;
  for (const { verdict } of Report.parse(JSON.parse(report)).findings) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}
