import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { LiveSnapshot } from "../src/core/model/live-snapshot.ts";
import type { RegionsSnapshot } from "../src/core/model/memory-region.ts";
import { commandLine, pidNamespace } from "../src/in/sources/proc.ts";
import { ENVIRONMENT } from "./environment.ts";
import { onMockDevice } from "./mock-device.ts";
import { CLONE, makeFolder, NEWEST, PROGRAM, programOf, readReport } from "./run-harness.ts";
import { Program } from "./serve-program.ts";

/** A /dev/shm of its own: what programs leave there is neither seen by others nor left. */
const PRIVATE = ["unshare", "-m", "sh", "-c"];
const MOUNT = "mount -t tmpfs tmpfs /dev/shm";
const noPrivate = spawnSync("unshare", ["-m", "sh", "-c", MOUNT]).status === 0 ? false : "needs a mount namespace";

const KB = 1_024;

/** The mock device leaves tracking off unless it is asked for. */
const TRACKED = { TT_METAL_SHM_TRACKING_DISABLED: "0" };

const CHECKED = `
${MOUNT}
"$@"
"$PROGRAM" regions --json > "$FOLDER/regions.json"`;

test("regions of all examples agree with the allocator, and one that does not is found", { skip: noPrivate }, () => {
  const folder = makeFolder();
  cpSync(join(CLONE, "examples"), folder, { recursive: true });
  cpSync(join(CLONE, "e2e/regions/test_zz_tamper.py"), join(folder, "test_zz_tamper.py"));
  const [agreeFile, report] = [join(folder, "agree.json"), join(folder, "report.json")];
  const place = { PYTHONPATH: join(CLONE, "e2e/regions"), AGREE_FILE: agreeFile, FOLDER: folder, PROGRAM };
  const env = onMockDevice({ ...TRACKED, ...place, XDG_RUNTIME_DIR: makeFolder() });
  const pytest = [programOf(NEWEST, "python"), "-m", "pytest", "-q", "-p", "agree", folder];
  const [unshare = "", ...args] = [
    ...PRIVATE,
    CHECKED,
    "sh",
    PROGRAM,
    "run",
    "--quiet",
    "--json",
    report,
    "--",
    ...pytest,
  ];
  const { stderr, stdout } = spawnSync(unshare, args, { env, cwd: folder, encoding: "utf8" });

  const lines = readFileSync(agreeFile, "utf8").trimEnd().split("\n");
  const agreed: { test: string; differs: object; bytes: number }[] = lines.map((line) => JSON.parse(line));
  const { findings, run } = readReport(report);
  assert.equal(run.tests.checked, 21, `${stdout}${stderr}`);
  const unlike = agreed.filter(
    ({ test: name, differs }) => !name.endsWith("test_tamper") && Object.keys(differs).length > 0,
  );
  assert.deepEqual(unlike, []);
  const withMemory = agreed.filter(({ bytes }) => bytes > 0).map(({ test: name }) => name.replace(/.*::/, ""));
  assert.ok(withMemory.includes("test_kinds") && withMemory.includes("test_decode[3]"), withMemory.join());
  const untrusted = findings.filter(({ verdict }) => verdict === "untrusted");
  assert.deepEqual(
    untrusted.map(({ test: name, device, memoryType, sizeBytes }) => [name, device, memoryType, sizeBytes]),
    [["test_zz_tamper.py::test_tamper", 0, "DRAM", 4 * KB]],
  );
  const { regions }: RegionsSnapshot = JSON.parse(readFileSync(join(folder, "regions.json"), "utf8"));
  assert.deepEqual(
    regions.map(({ layout, processes }) => [layout, processes]),
    [["v3", []]],
  );
});

/** What `regions` says of the folder as the process `pid` sees it. */
function regionsOf(pid: number, ...flags: readonly string[]): string {
  const args = ["regions", ...flags, `/proc/${pid}/root/dev/shm`];
  return spawnSync(PROGRAM, args, { env: ENVIRONMENT, encoding: "utf8" }).stdout;
}

function processOf(pid: number) {
  const { regions }: RegionsSnapshot = JSON.parse(regionsOf(pid, "--json"));
  return regions.flatMap(({ processes }) => processes)[0] ?? assert.fail("no process has a row");
}

/** A program in a pid namespace of its own, as in a container, where it is the second one; the shell around it stays when it has ended. */
const CONTAINER = `${MOUNT}\nunshare -pf --mount-proc sh -c '"$@"; exit' sh "$@"\ncat`;

test("a program without tt-memwatch is seen, also in a container, and what it left when it was killed", {
  skip: noPrivate,
}, async () => {
  const program = [programOf(NEWEST, "python"), join(CLONE, "e2e/regions/hold.py")];
  const shell = new Program([...PRIVATE, CONTAINER, "sh", ...program], onMockDevice(TRACKED));
  await shell.sees(/HOLDS/);

  const { localPid, pid, state, bytes } = processOf(shell.pid);
  assert.ok(localPid !== null && commandLine(localPid)?.endsWith("hold.py"));
  assert.deepEqual({ pid, state, DRAM: bytes.DRAM }, { pid: 2, state: "running", DRAM: 32 * KB });
  assert.match(regionsOf(shell.pid), /\(pid 2 in its container\) +running +32\.0 KB/);
  const env = { ...ENVIRONMENT, XDG_RUNTIME_DIR: makeFolder() };
  const [enter = "", ...top] = ["nsenter", "-t", `${shell.pid}`, "-m", PROGRAM, "top", "--once", "--json"];
  const seen = spawnSync(enter, top, { env, encoding: "utf8" });
  const snapshot: LiveSnapshot = JSON.parse(seen.stdout);
  assert.deepEqual(
    [snapshot.source.command, snapshot.processes.map((each) => [each.pid, each.usedBytes])],
    ["regions", [[localPid, 32 * KB]]],
  );

  process.kill(localPid, "SIGKILL");
  let left = processOf(shell.pid);
  while (left.state === "running") left = processOf(shell.pid);
  // Only from the first pid namespace can all others be seen.
  assert.equal(left.state, pidNamespace("self") === "pid:[4026531836]" ? "ended" : "unverifiable");
  assert.deepEqual([left.pid, left.bytes.DRAM], [2, 32 * KB]);
  await shell.stop("SIGKILL");
});

test("ttnn 0.66.0 writes no region", { skip: noPrivate }, () => {
  const list = `${MOUNT}\n"$@" < /dev/null\nls /dev/shm`;
  const program = [programOf("0.66.0", "python"), join(CLONE, "e2e/regions/hold.py")];
  const [unshare = "", ...args] = [...PRIVATE, list, "sh", ...program];
  const { stdout, stderr } = spawnSync(unshare, args, { env: onMockDevice(TRACKED), encoding: "utf8" });
  assert.match(stdout, /HOLDS\n$/, stderr);
});
