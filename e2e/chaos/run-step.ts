import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { makeOwnFolder } from "../../src/in/sources/own-folder.ts";
import { SHARED_MEMORY } from "../../src/in/sources/ring-folder.ts";
import { CLONE, PROGRAM, Started, stackIn } from "./programs.ts";
import type { Random } from "./random.ts";

/** A suite that leaves memory, fails once, and takes long enough to be disturbed. */
const SUITE = `
import pytest, ttnn
KEPT = []
@pytest.fixture(scope="module")
def device():
    device = ttnn.open_device(device_id=0)
    yield device
    ttnn.close_device(device)
@pytest.mark.parametrize("n", range(40))
def test_many(device, n):
    tensor = ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    if n % 5 == 0: KEPT.append(tensor)
    assert n != 7
`;

/** Names a boot and a pid namespace in the names of the program's folders. */
const PLACE = placeOfThisProcess();

/** Says and puts whatever it likes wherever the engine listens and reads. */
const HOSTILE = `
import os, random, socket, sys
random.seed(int(sys.argv[1]))
folder = os.environ.get("TT_MEMWATCH_TRACER_DIR", "/nonexistent")
def anything():
    return random.choice([b"[" * 100000 + b"\\n", b"{}\\n", b"\\0" * 4096, os.urandom(999) + b"\\n", b"x" * 300000, b'{"kind":"hello"}\\n'])
for number in range(40):
    try:
        peer = socket.socket(socket.AF_UNIX); peer.settimeout(1)
        peer.connect(os.environ["TT_MEMWATCH_SOCKET"]); peer.sendall(anything()); peer.close()
    except OSError: pass
    name = f"{folder}/{number}.{random.choice(['ring', 'reason'])}"
    try:
        kind = random.randrange(5)
        if kind == 0: os.mkfifo(name)
        elif kind == 1: os.symlink("/dev/zero", name)
        elif kind == 2: os.mkdir(name)
        else: open(name, "wb").write(random.choice([b"", b"TTMWRING" + os.urandom(4088), os.urandom(10000)]))
    except OSError: pass
`;

export const RUN_FAULTS = [
  "failing calls of the engine",
  "engine killed",
  "engine stopped and continued",
  "hostile bytes and files for the engine",
  "ring folder removed",
  "pytest killed",
] as const;
export type RunFault = (typeof RUN_FAULTS)[number];

export interface StepPlace {
  /** A folder of the campaign's. */
  readonly folder: string;
  readonly library: string;
}

/** How pytest itself ended, as its wrapper wrote it down: outcomes, and exit code. */
type Results = string;

/** Runs the suite while one fault is injected. Gives what is wrong, a sentence each, and how it came out. */
export class RunSteps {
  readonly #place: StepPlace;
  #unwatched: Results | null = null;

  constructor(place: StepPlace) {
    this.#place = place;
    writeFileSync(join(place.folder, "test_chaos.py"), SUITE);
    writeFileSync(join(place.folder, "hostile.py"), HOSTILE);
  }

  async step(
    fault: RunFault,
    random: Random,
  ): Promise<{ readonly outcome: string; readonly wrong: readonly string[] }> {
    this.#unwatched ??= await this.#runUnwatched();
    const folder = join(this.#place.folder, `run-${random.below(2 ** 31)}`);
    mkdirSync(folder);
    const report = join(folder, "report.json");
    const watched = new Started(this.#command(fault, folder, report, random), this.#environment(fault, folder, random));
    await this.#disturb(fault, folder, watched, random);
    const { exitCode, output, isHanging } = await watched.end();
    const results = await resultsOf(folder, fault);
    const left = await leftAfterNextRun(folder);
    const isReported = hasReport(report);
    const stack = stackIn(output);
    const wrong = [
      ...(isHanging ? ["it hangs"] : []),
      ...(stack === null ? [] : [`it prints a stack: ${stack}`]),
      ...(results === this.#unwatched || fault === "pytest killed" ? [] : [`results differ: ${results}`]),
      ...(left.length === 0 ? [] : [`left behind: ${left.join(", ")}`]),
      ...(isReported || fault === "engine killed" || reasonIn(output) !== null ? [] : ["neither report nor reason"]),
    ];
    const outcome = `${isReported ? "report" : noReport(output)}, exit code ${exitCode}`;
    if (wrong.length > 0) process.stderr.write(`${output}\n`);
    rmSync(folder, { recursive: true, force: true });
    return { outcome, wrong };
  }

  #suite(folder: string): string {
    const python = join(CLONE, ".venv/ttnn-0.81.1/bin/python");
    const pytest = `"${python}" -m pytest -v -p no:cacheprovider --rootdir "${this.#place.folder}" "${this.#place.folder}/test_chaos.py"`;
    return `echo $$ > "${folder}/pid"; ${pytest} > "${folder}/out" 2>&1; code=$?; echo "$code" > "${folder}/code"; exit $code`;
  }

  #command(fault: RunFault, folder: string, report: string, random: Random): readonly string[] {
    const hostile = `python3 "${this.#place.folder}/hostile.py" ${random.below(1_000_000)} & `;
    const suite = this.#suite(folder);
    const script = fault === "hostile bytes and files for the engine" ? `${hostile}${suite}` : suite;
    const preload = fault === "failing calls of the engine" ? ["env", `LD_PRELOAD=${this.#place.library}`] : [];
    return [PROGRAM, "mock", "--", ...preload, PROGRAM, "run", "--json", report, "--", "sh", "-c", script];
  }

  #environment(fault: RunFault, folder: string, random: Random): NodeJS.ProcessEnv {
    const rate = random.of([1_000, 10_000, 50_000]);
    const faults =
      fault === "failing calls of the engine" ? { CHAOS_SEED: `${random.below(2 ** 31)}`, CHAOS_PPM: `${rate}` } : {};
    return { ...faults, TMPDIR: folder, XDG_RUNTIME_DIR: "" };
  }

  async #disturb(fault: RunFault, folder: string, watched: Started, random: Random): Promise<void> {
    const suite = await pidIn(folder, watched);
    if (suite === null) return;
    await delay(random.below(2_500));
    const engine = parentOf(suite);
    const pytest = childOf(suite);
    if (fault === "engine killed" && engine !== null) signal(engine, "SIGKILL");
    if (fault === "pytest killed" && pytest !== null) signal(pytest, "SIGKILL");
    if (fault === "ring folder removed") for (const path of ringFolderOf(suite)) rmSync(path, { recursive: true });
    if (fault !== "engine stopped and continued" || engine === null) return;
    for (let times = 0; times < 3; times += 1) {
      signal(engine, "SIGSTOP");
      await delay(random.below(700));
      signal(engine, "SIGCONT");
      await delay(random.below(200));
    }
  }

  async #runUnwatched(): Promise<Results> {
    const folder = join(this.#place.folder, "unwatched");
    mkdirSync(folder);
    await new Started([PROGRAM, "mock", "--", "sh", "-c", this.#suite(folder)], { TMPDIR: folder }).end();
    return resultsOf(folder, "engine killed");
  }
}

/** Waits for the end of a suite whose engine may have ended before it. */
async function resultsOf(folder: string, fault: RunFault): Promise<Results> {
  const untilMs = performance.now() + 30_000;
  for (;;) {
    try {
      const code = readFileSync(join(folder, "code"), "utf8").trim();
      const outcomes =
        readFileSync(join(folder, "out"), "utf8").match(/^.*::test_many.* (PASSED|FAILED|ERROR).*$/gm) ?? [];
      return [...outcomes, `exit code ${code}`].join("\n");
    } catch {
      if (performance.now() > untilMs || fault === "pytest killed") return "none";
    }
    await delay(50);
  }
}

async function pidIn(folder: string, { child }: Started): Promise<number | null> {
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
      if (pid > 0) return pid;
    } catch {}
    await delay(20);
  }
  return null;
}

function parentOf(pid: number): number | null {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return null;
  }
}

function childOf(pid: number): number | null {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return child ? Number(child) : null;
  } catch {
    return null;
  }
}

function ringFolderOf(pid: number): string[] {
  try {
    const found = /\0TT_MEMWATCH_TRACER_DIR=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, "utf8"))?.[1];
    return found === undefined ? [] : [found];
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

function placeOfThisProcess(): string | undefined {
  using folder = makeOwnFolder(tmpdir());
  return /^tt-memwatch-([0-9a-f]{8})-/.exec(basename(folder.path))?.[1];
}

/** The next run clears away what a killed one left; programs beside us may be killed just after it, so one more is given a try. */
async function leftAfterNextRun(folder: string): Promise<readonly string[]> {
  const lookAgain = async (): Promise<readonly string[]> => {
    await new Started([PROGRAM, "run", "--tracer=auto", "--", "true"], { TMPDIR: folder, XDG_RUNTIME_DIR: "" }).end();
    return [...readdirSync(folder).filter((name) => /^tt-memwatch-[0-9a-f]{8}-/.test(name)), ...abandonedRings()];
  };
  const left = await lookAgain();
  if (left.length === 0) return left;
  const again = new Set(await lookAgain());
  return left.filter((name) => again.has(name));
}

/** Folders in shared memory whose makers have ended, of this pid namespace: in others nobody here knows who lives. */
function abandonedRings(): string[] {
  return readdirSync(SHARED_MEMORY).filter((name) => {
    const [, place, pid] = /^tt-memwatch-([0-9a-f]{8})-(\d+)-/.exec(name) ?? [];
    return place === PLACE && !existsSync(`/proc/${pid}`);
  });
}

/** Why there is no report, if it says so: in a sentence of its own, not in the headline. */
function reasonIn(output: string): string | null {
  return (
    /^tt-memwatch: (cannot write .*)$/m.exec(output)?.[1] ??
    /^tt-memwatch: (a fault of its own .*)$/m.exec(output)?.[1] ??
    null
  );
}

/** Paths are left out, because they differ from step to step. */
function noReport(output: string): string {
  const reason = reasonIn(output);
  return reason === null ? "no report" : `no report (${reason.replaceAll(/[^\s"]*\/[^\s":]*/g, "…")})`;
}

function hasReport(path: string): boolean {
  try {
    return JSON.parse(readFileSync(path, "utf8")).schema === "urn:tt-memwatch:report:4";
  } catch {
    return false;
  }
}
