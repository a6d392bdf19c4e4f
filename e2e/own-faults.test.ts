import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder, PROGRAM, readReport } from "./run-harness.ts";
import { allocation } from "./serve-client.ts";
import { Program, serve } from "./serve-program.ts";

/** Node options that throw in a timer, as a fault of ours would, when this file is there. */
function plantedIn(folder: string): NodeJS.ProcessEnv {
  const module = join(folder, "plant.mjs");
  writeFileSync(
    module,
    `import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
     const timer = setInterval(() => {
       if (!existsSync("${folder}/now")) return;
       clearInterval(timer);
       setTimeout(() => writeFileSync("${folder}/done", ""), 10);
       Promise.reject(new Error("planted in a promise"));
       throw new Error("planted in a timer");
     }, 1);
     timer.unref();`,
  );
  return { NODE_OPTIONS: `--import=${module}`, TMPDIR: folder };
}

for (const [command, exitCode] of [
  ["true", 70],
  ["exit 5", 5],
] as const) {
  test(`a fault of ours in a timer: a command that does \`${command}\` goes on, is reported, and the exit code is ${exitCode}`, async () => {
    const folder = makeFolder();
    const report = join(folder, "r.json");
    const script = `: > ${folder}/now; while [ ! -e ${folder}/done ]; do :; done; ${command}`;
    const end = await new Program(
      [PROGRAM, "run", "--json", report, "--", "sh", "-c", script],
      plantedIn(folder),
    ).end();
    assert.equal(end.exitCode, exitCode, end.stderr);
    const { run } = readReport(report);
    assert.equal(run.exitCode, exitCode);
    assert.match(run.warnings.join(), /had 2 faults of its own/);
    const said = /^tt-memwatch: a fault of its own .*report it with (\S+)$/m.exec(end.stderr);
    assert.match(
      readFileSync(said?.[1] ?? "", "utf8"),
      /planted in a timer\n {4}at [\s\S]*planted in a promise\n {4}at /,
    );
    assert.doesNotMatch(end.stderr, /^ {4}at /m);
  });
}

test("a fault of ours in a timer does not end the server; it serves on, counts it and exits with 70", async () => {
  const folder = makeFolder();
  const serving = await serve(["--quiet"], { env: plantedIn(folder) });
  writeFileSync(join(folder, "now"), "");
  await serving.sees(/a fault of its own/);
  const client = await serving.connect();
  await client.send(allocation(1));
  assert.deepEqual(await serving.addresses(), ["0x1"]);
  assert.equal((await serving.stats()).server.faults, 2);
  assert.equal((await serving.stop()).exitCode, 70);
});

/** Folders, links and variables that a fault of ours was found with. */
const SURROUNDINGS: readonly [string, string, number, RegExp | null][] = [
  ["a working folder that was removed", `mkdir gone && cd gone && rmdir ../gone && "$0" run -- true`, 3, null],
  ["a TMPDIR that is not there", 'TMPDIR=/nonexistent "$0" mock -- true', 0, null],
  ["a report path that is a loop of links", 'ln -s b a; ln -s a b; "$0" run --json a -- true', 2, /ELOOP/],
  ["a report in a folder that is not there", '"$0" run --json no/r.json -- true', 2, /make it first/],
  ["rules that are a folder", '"$0" run --rules . -- true', 2, /it is a folder, wanted a regular file/],
  ["rules that are a pipe", 'mkfifo p; "$0" run --rules p -- true', 2, /it is a pipe, wanted a regular file/],
  ["rules without end", '"$0" rules /dev/zero', 2, /it is a device, wanted a regular file/],
];

for (const [what, script, exitCode, says] of SURROUNDINGS) {
  test(`${what}: a sentence or nothing, never a stack`, async () => {
    const program = ["sh", "-c", `cd '${makeFolder()}' && ${script}`, PROGRAM];
    const end = await new Program(program).end();
    assert.equal(end.exitCode, exitCode, end.stderr);
    assert.doesNotMatch(end.stderr, /^ {4}at |Node\.js v/m);
    if (says !== null) assert.match(end.stderr, says);
  });
}

const NOBODY = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];

/** Not a user of this machine; the clone may lie where others cannot read it. */
function isReadByNobody(): boolean {
  const [program = "", ...args] = [...NOBODY, "test", "-r", PROGRAM];
  return spawnSync(program, args).status === 0;
}

test("no home and a user without a name: the mock device works", { skip: !isReadByNobody() }, async () => {
  const env = ["env", "-u", "HOME", "-u", "XDG_CACHE_HOME"];
  const end = await new Program([...env, ...NOBODY, PROGRAM, "mock", "--", "true"]).end();
  assert.deepEqual([end.exitCode, end.stderr], [0, ""]);
});

test("what an engine that was killed left in the folder for temporary files goes with the next run", async () => {
  const folder = makeFolder();
  const env = { TMPDIR: folder, XDG_RUNTIME_DIR: "" };
  const script = 'echo "$$ $TT_MEMWATCH_SOCKET $TT_MEMWATCH_TRACER_DIR"; exec sleep 60';
  const killed = new Program([PROGRAM, "run", "--", "sh", "-c", script], env);
  const [, sleeping = "", socket = "", rings = ""] = await killed.sees(/^(\d+) (\S+)\/plugin\.sock (\S+)$/m);
  killed.child.kill("SIGKILL");
  process.kill(Number(sleeping), "SIGKILL");
  await killed.end();
  assert.deepEqual([existsSync(socket), existsSync(rings)], [true, true]);
  await new Program([PROGRAM, "run", "--", "true"], env).end();
  assert.deepEqual([existsSync(socket), existsSync(rings)], [false, false]);
});

for (const signal of ["USR1", "USR2"] as const) {
  test(`SIG${signal} to the engine is the command's to answer, and ends nobody else`, async () => {
    const script = `trap 'exit 9' ${signal}; kill -${signal} $PPID; while :; do sleep 0.01; done`;
    const end = await new Program([PROGRAM, "run", "--", "sh", "-c", script]).end();
    assert.deepEqual([end.exitCode, end.stderr], [9, ""]);
  });
}
