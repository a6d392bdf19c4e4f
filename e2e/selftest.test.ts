import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { ENVIRONMENT } from "./environment.ts";
import {
  type End,
  makeFolder,
  makeSuite,
  NEWEST,
  PROGRAM,
  programOf,
  readReport,
  run,
  VERSIONS,
} from "./run-harness.ts";

const [OLDEST] = VERSIONS;
const UNTESTED = `${NEWEST}.post1`;

/** An optional function, and a name of the same hash: the linker's is 33 times what was before plus the character. */
const CLEARS = "AllocatorImpl18deallocate_buffersEv";
const CLEARS_RENAMED = "AllocatorImpl18deallocate_cTffersEv";

interface Answer {
  readonly isAllRight: boolean;
  readonly line: string;
  readonly checks: readonly {
    readonly part: string;
    readonly name: string;
    readonly isRight: boolean;
    readonly got: string;
  }[];
  readonly withoutTracer: Answer["checks"] | null;
  readonly lists: { readonly compared: number; readonly equal: number };
  readonly cost: { readonly bareMs: readonly number[]; readonly watchedMs: readonly number[] };
  readonly facts: { readonly build: string; readonly ttnn: string };
  readonly build: string;
}

describe("the self-test", { concurrency: 2 }, () => {
  test("is all right on the oldest version, and prints one line to paste", async () => {
    const data = makeFolder();
    const end = await selftest([], OLDEST, { XDG_DATA_HOME: data });
    assert.equal(end.exitCode, 0, end.stdout + end.stderr);
    assert.match(end.stdout, /^✓ 19 of 19 verdicts as planted$/m);
    assert.match(end.stdout, /^✓ 303 of 303 lists equal to ttnn's own$/m);
    const last = end.stdout.trimEnd().split("\n").at(-1) ?? "";
    assert.match(last, /selftest: all right \| .* \| ttnn 0\.66\.0 gnu:[0-9a-f]{16} \| .*\(mock n150\).* ms watched$/);
    assert.match(end.stderr, /4 of 4: what watching costs/);
    assert.equal(end.stdout, stripVTControlCharacters(end.stdout));
    // This version is on the tracer's own list.
    assert.deepEqual(readdirSync(data), []);
  });

  test("lets a build of an untested version be traced from then on, and only then", async () => {
    const data = makeFolder();
    const env = { XDG_DATA_HOME: data, PYTHONPATH: untestedVersion() };
    assert.equal(await tracingOf(env), "unavailable");
    const end = await selftest(["--json"], NEWEST, env);
    assert.equal(end.exitCode, 0, end.stdout + end.stderr);
    const answer: Answer = JSON.parse(end.stdout);
    assert.deepEqual([answer.isAllRight, answer.build, answer.facts.ttnn], [true, "remembered", UNTESTED]);
    assert.deepEqual(answer.lists, { compared: 303, equal: 303 });
    assert.deepEqual([answer.cost.bareMs.length, answer.cost.watchedMs.length], [2, 2]);
    const file = join(data, "tt-memwatch", "tested-builds.json");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const { builds } = JSON.parse(readFileSync(file, "utf8"));
    assert.deepEqual(
      builds.map(({ build, ttnn }: { build: string; ttnn: string }) => ({ build, ttnn })),
      [{ build: answer.facts.build, ttnn: UNTESTED }],
    );
    assert.equal(await tracingOf(env), "live");
    writeFileSync(file, "no list");
    assert.equal(await tracingOf(env), "unavailable");
  });

  test("names a crash and the function of ttnn that it cannot follow, says what is left, and forgets the build", async () => {
    const data = makeFolder();
    const overlay = withRenamed(CLEARS, CLEARS_RENAMED);
    const build = "gnu:3f9932c8421a079ebaa34cfdfa9ed35ef6e7fd69";
    remember(data, build);
    const env = { XDG_DATA_HOME: data, PYTHONPATH: overlay };
    const end = await launch([PROGRAM, "mock", "--", PROGRAM, "selftest", "--json", "--", crashingPython()], env);
    assert.equal(end.exitCode, 1, end.stdout + end.stderr);
    const answer: Answer = JSON.parse(end.stdout);
    const wrong = answer.checks.filter(({ isRight }) => !isRight).map(({ part, name }) => `${part}: ${name}`);
    assert.ok(wrong.includes("hooks: AllocatorImpl::deallocate_buffers"), wrong.join("\n"));
    const crashed = answer.checks.filter(({ name }) => name === "clean tests").map(({ got }) => got);
    assert.ok(crashed.includes("ended with SIGSEGV"), crashed.join("\n"));
    assert.match(answer.line, /selftest: WRONG: suite, .*hooks/);
    // Only the tracer knows the line of what an operation keeps, or a fixture's or a failed test's value.
    const lacking = answer.withoutTracer?.filter(({ isRight }) => !isRight) ?? [];
    assert.deepEqual([...new Set(lacking.map(({ part }) => part))], ["lines"]);
    assert.deepEqual([answer.facts.build, answer.build], [build, "forgotten"]);
    assert.deepEqual(JSON.parse(readFileSync(join(data, "tt-memwatch", "tested-builds.json"), "utf8")).builds, []);
  });

  test("ends at once when it is interrupted, also by the same signal twice", async () => {
    // To the whole group, as a terminal does; `mock` passes it on besides.
    const python = programOf(OLDEST, "python");
    const child = spawn(PROGRAM, ["mock", "--", PROGRAM, "selftest", "--", python], {
      env: { ...ENVIRONMENT, XDG_DATA_HOME: makeFolder() },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      if (!said.includes("2 of 4") && `${said}${chunk}`.includes("2 of 4")) process.kill(-(child.pid ?? 0), "SIGTERM");
      said += chunk;
    });
    await once(child, "close");
    assert.equal(child.exitCode, 3, said);
    assert.match(said, /could not run: it was interrupted by SIGTERM$/m);
  });

  test("says what to do where it cannot run", async () => {
    const folder = makeFolder();
    const cases = [
      { args: ["--", join(folder, "python")], exitCode: 3, says: /python is not there; activate the environment/ },
      {
        args: ["--", "/bin/ls"],
        exitCode: 3,
        says: /\/bin\/ls is no Python: of its version it says "ls [^"]*"; activate/,
      },
      { args: ["--", "a", "b"], exitCode: 2, says: /got a b; wanted one PYTHON at most/ },
      { args: ["--wrong"], exitCode: 2, says: /unknown option/ },
    ];
    for (const { args, exitCode, says } of cases) {
      const end = await launch([PROGRAM, "selftest", ...args], { XDG_DATA_HOME: folder });
      assert.equal(end.exitCode, exitCode, end.stderr);
      assert.match(end.stderr, says);
    }
    // No board and no mock.
    const end = await launch([PROGRAM, "selftest", "--", programOf(NEWEST, "python")], { XDG_DATA_HOME: folder });
    assert.equal(end.exitCode, 3, end.stdout + end.stderr);
    assert.match(end.stderr, /could not run: ttnn opens no device.*put `tt-memwatch mock --` before it/);
  });
});

function selftest(flags: readonly string[], version: (typeof VERSIONS)[number], env: NodeJS.ProcessEnv): Promise<End> {
  return launch([PROGRAM, "mock", "--", PROGRAM, "selftest", ...flags, "--", programOf(version, "python")], env);
}

async function launch([program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<End> {
  const child = spawn(program, args, { env: { ...ENVIRONMENT, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  await once(child, "close");
  return { exitCode: child.exitCode, stdout, stderr };
}

/** How `tt-memwatch run` traces a suite. */
async function tracingOf(env: NodeJS.ProcessEnv): Promise<string | null | undefined> {
  const cwd = makeSuite({ "test_one.py": "def test_one(tensor):\n    tensor()\n" });
  const json = join(cwd, "report.json");
  const end = await run(["--quiet", "--json", json], [programOf(NEWEST, "pytest"), "-q"], { cwd, env });
  assert.equal(end.exitCode, 0, end.stdout + end.stderr);
  return readReport(json).run.tracing[0]?.state;
}

function remember(data: string, build: string): void {
  const builds = [{ build, ttnn: OLDEST, tracer: "0.1.0", testedAt: "2026-01-01T00:00:00.000Z" }];
  mkdirSync(join(data, "tt-memwatch"));
  const text = JSON.stringify({ schema: "urn:tt-memwatch:tested-builds:1", builds });
  writeFileSync(join(data, "tt-memwatch", "tested-builds.json"), text);
}

/** A folder for PYTHONPATH in which ttnn's metadata has a version that was never tested. */
function untestedVersion(): string {
  const folder = makeFolder();
  const information = join(folder, `ttnn-${UNTESTED}.dist-info`);
  mkdirSync(information);
  writeFileSync(join(information, "METADATA"), `Metadata-Version: 2.1\nName: ttnn\nVersion: ${UNTESTED}\n`);
  return folder;
}

/** A folder for PYTHONPATH with the oldest ttnn, in whose library a function has another name for whoever looks it up. */
function withRenamed(name: string, other: string): string {
  const lib = join(dirname(dirname(programOf(OLDEST, "python"))), "lib", "python3.10", "site-packages", "ttnn");
  const folder = makeFolder();
  const ours = join(folder, "ttnn");
  symlinkSync(`${lib}.libs`, `${ours}.libs`);
  linkAll(lib, ours, ["build"]);
  linkAll(join(lib, "build"), join(ours, "build"), ["lib"]);
  linkAll(join(lib, "build", "lib"), join(ours, "build", "lib"), ["libtt_metal.so"]);
  const library = readFileSync(join(lib, "build", "lib", "libtt_metal.so"));
  const at = library.indexOf(`${name}\0`);
  assert.ok(at > 0);
  for (let next = at; next >= 0; next = library.indexOf(`${name}\0`, next)) library.write(other, next, "latin1");
  const path = join(ours, "build", "lib", "libtt_metal.so");
  writeFileSync(path, library);
  chmodSync(path, 0o755);
  return folder;
}

/** Makes a folder with links to all that is in another, but for some. */
function linkAll(from: string, to: string, but: readonly string[]): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) if (!but.includes(name)) symlinkSync(join(from, name), join(to, name));
}

/** The oldest version's Python; it crashes where the short clean tests are watched. */
function crashingPython(): string {
  const path = join(makeFolder(), "python");
  const crash = 'case "$TT_MEMWATCH_SOCKET $*" in /*/cost) kill -SEGV $$ ;; esac';
  writeFileSync(path, `#!/bin/sh\n${crash}\nexec '${programOf(OLDEST, "python")}' "$@"\n`, { mode: 0o755 });
  return path;
}
