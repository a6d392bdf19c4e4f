import assert from "node:assert/strict";
import { type SpawnOptions, spawnSync } from "node:child_process";
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { endOf, home, mock, start } from "./mock-program.ts";
import { CLONE, type End, NEWEST, PROGRAM, programOf, VERSIONS } from "./run-harness.ts";

const NEWEST_PYTHON = programOf(NEWEST, "python");

const OWN_SHARED_MEMORY = "mount -t tmpfs none /dev/shm";

/** Chips and architecture that ttnn must report for each device. */
const DEVICES = [
  { device: "n150", expected: "1 WORMHOLE_B0" },
  { device: "n150x2", expected: "2 WORMHOLE_B0" },
  { device: "n300", expected: "2 WORMHOLE_B0" },
  { device: "p150", expected: "1 BLACKHOLE" },
];

const OPEN_AND_ADD = `
import ttnn
device = ttnn.open_device(device_id=0)
x = ttnn.zeros((1, 1, 128, 128), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
y = ttnn.add(x, x)
assert len(ttnn._ttnn.reports.get_buffers(device)) == 2
assert device.num_program_cache_entries() == 1
print(ttnn.GetNumAvailableDevices(), device.arch().name)
ttnn.close_device(device)
`;

const OPEN_IN_FORK = `
import os, ttnn
child = os.fork()
if child == 0:
    ttnn.close_device(ttnn.open_device(device_id=0))
    os._exit(0)
print(os.waitpid(child, 0)[1])
`;

/** Ways to a mount namespace, with privileges and without. The machine's /dev/shm has what all its programs put there. */
const UNSHARES = [["-m"], ["-rm"]];
const UNSHARE = UNSHARES.find((flags) => spawnSync("unshare", [...flags, "sh", "-c", OWN_SHARED_MEMORY]).status === 0);
const NO_OWN_SHARED_MEMORY = UNSHARE === undefined ? "needs namespaces of mounts" : false;

const MOCK = [PROGRAM, "mock", "--"];
/** Fails if one of them does. */
const THREE_AT_ONCE = [
  "sh",
  "-c",
  '"$0" "$@" & one=$!; "$0" "$@" & two=$!; "$0" "$@" && wait $one && wait $two',
  ...MOCK,
];

for (const version of VERSIONS) {
  describe(`ttnn ${version}`, () => {
    for (const { device, expected } of DEVICES) {
      test(`opens a mock ${device} and runs an operation`, async () => {
        const { stdout, exitCode, stderr } = await mock(
          ["--device", device],
          [programOf(version, "python"), "-c", OPEN_AND_ADD],
        );
        assert.equal(exitCode, 0, stderr);
        assert.equal(stdout.trim(), expected);
      });
    }

    test("leaves site-packages, the working directory, all caches but its own and /dev/shm as they were", async () => {
      const cwd = mkdtempSync(join(home, "cwd-"));
      const folders = [packageOf(version), cwd];
      const before = folders.map(listing);
      const { end, left } = await inOwnSharedMemory(MOCK, [programOf(version, "python"), "-c", OPEN_AND_ADD], { cwd });
      assert.equal(end.exitCode, 0, end.stderr);
      assert.deepEqual(folders.map(listing), before);
      assert.deepEqual(readdirSync(join(home, ".cache")), ["tt-memwatch"]);
      assert.deepEqual(left, []);
    });
  });
}

test("processes that prepare the device at the same time agree, and leave nothing unfinished, nor in /dev/shm", async () => {
  const env = { XDG_CACHE_HOME: mkdtempSync(join(home, "cold-")) };
  const { end, left } = await inOwnSharedMemory(THREE_AT_ONCE, [NEWEST_PYTHON, "-c", OPEN_AND_ADD], { env });
  assert.equal(end.exitCode, 0, end.stderr);
  assert.equal(globSync("tt-memwatch/mock/*/root-*", { cwd: env.XDG_CACHE_HOME }).length, 1);
  assert.deepEqual(left, []);
});

test("two environments of one ttnn do not compile the firmware again after each other", async () => {
  const env = { XDG_CACHE_HOME: mkdtempSync(join(home, "two-")) };
  const other = join(env.XDG_CACHE_HOME, "other");
  symlinkSync(dirname(dirname(NEWEST_PYTHON)), other);
  const compiled = (): string[] =>
    listing(join(env.XDG_CACHE_HOME, "tt-memwatch")).filter((line) => line.includes(".elf "));
  await mock([], [NEWEST_PYTHON, "-c", OPEN_AND_ADD], { env });
  const first = compiled();
  assert.notEqual(first.length, 0);
  await mock([], [join(other, "bin/python"), "-c", OPEN_AND_ADD], { env });
  assert.deepEqual(
    compiled().filter((line) => first.includes(line)),
    first,
  );
});

test("a process forked after the import opens the device, and leaves nothing in /dev/shm", async () => {
  const { end, left } = await inOwnSharedMemory(MOCK, [NEWEST_PYTHON, "-c", OPEN_IN_FORK]);
  assert.equal(end.stdout.trim(), "0", end.stderr);
  assert.deepEqual(left, []);
});

test("what a command itself leaves in /dev/shm would be seen", { skip: NO_OWN_SHARED_MEMORY }, async () => {
  const { left } = await inOwnSharedMemory(MOCK, ["touch", "/dev/shm/left"]);
  assert.deepEqual(left, ["left"]);
});

test("tox passes the mock device on to the commands of its environments", async () => {
  const cwd = mkdtempSync(join(home, "tox-"));
  writeFileSync(
    join(cwd, "tox.ini"),
    `[testenv]\nskip_install = true\nallowlist_externals = *\ncommands = '${NEWEST_PYTHON}' -c "import ttnn; print(ttnn.GetNumAvailableDevices())"\n`,
  );
  const tox = join(dirname(NEWEST_PYTHON), "tox");
  const { stdout, exitCode, stderr } = await mock(["--device", "n150x2"], [tox, "-q", "-e", "py"], { cwd });
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /^2$/m);
});

test("a descriptor that the user named wins over the default, and contradicts --device", async () => {
  const env = { TT_METAL_MOCK_CLUSTER_DESC_PATH: join(CLONE, "clients/mock/devices/n150x2.yaml") };
  const command = [NEWEST_PYTHON, "-c", OPEN_AND_ADD];
  assert.equal((await mock([], command, { env })).stdout.trim(), "2 WORMHOLE_B0");
  const both = await mock(["--device", "p150"], command, { env });
  assert.equal(both.exitCode, 2);
  assert.match(both.stderr, /^tt-memwatch: mock: --device p150 contradicts .*\n$/);
});

test("a sitecustomize of the user's still runs, and is the one that others import", async () => {
  const folder = mkdtempSync(join(home, "site-"));
  writeFileSync(join(folder, "sitecustomize.py"), "print('theirs ran')\nvalue = 7\n");
  const command = [NEWEST_PYTHON, "-c", "import sitecustomize; print(sitecustomize.value)"];
  const { stdout } = await mock([], command, { env: { PYTHONPATH: folder } });
  assert.equal(stdout, "theirs ran\n7\n");
});

test("each sitecustomize runs once, whichever of ours comes first", () => {
  const folder = mkdtempSync(join(home, "sites-"));
  writeFileSync(join(folder, "sitecustomize.py"), "print('theirs ran')\n");
  const ours = ["clients/native/bootstrap", "clients/mock/python"].map((each) => join(CLONE, each));
  for (const folders of [ours, ours.toReversed()]) {
    const env = { ...process.env, PYTHONPATH: [...folders, folder].join(":") };
    const { stdout, stderr } = spawnSync(NEWEST_PYTHON, ["-c", "print('ended')"], { env, encoding: "utf8" });
    assert.deepEqual([stdout, stderr], ["theirs ran\nended\n", ""]);
  }
});

test("works from a clone whose path has spaces and other letters than ASCII, through a symbolic link", async () => {
  const clone = join(home, "clöne of it");
  mkdirSync(clone);
  for (const name of ["bin", "clients", "node_modules", "package.json", "src"]) {
    symlinkSync(join(CLONE, name), join(clone, name));
  }
  const program = join(home, "tt memwätch");
  symlinkSync(join("clöne of it", "bin", "tt-memwatch"), program);
  const { stdout, stderr } = await endOf(start(program, ["mock", "--", NEWEST_PYTHON, "-c", OPEN_AND_ADD]));
  assert.equal(stdout.trim(), "1 WORMHOLE_B0", stderr);
});

test("works where the folders of the cache, of temporary files and of ttnn have spaces", async () => {
  const folder = join(home, "with spaces");
  mkdirSync(folder);
  symlinkSync(join(CLONE, ".venv", "ttnn-0.81.1"), join(folder, "my venv"));
  const env = { XDG_CACHE_HOME: folder, TMPDIR: folder };
  const { stdout, stderr } = await mock([], [join(folder, "my venv/bin/python"), "-c", OPEN_AND_ADD], { env });
  assert.equal(stdout.trim(), "1 WORMHOLE_B0", stderr);
});

function packageOf(version: string): string {
  const [found] = globSync(join(CLONE, ".venv", `ttnn-${version}`, "lib/python3.*/site-packages/ttnn"));
  assert.ok(found);
  return found;
}

/** Every file and folder under a folder, with size and time of change. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => ({ name, stat: statSync(join(folder, name), { throwIfNoEntry: false }) }))
    .map(({ name, stat }) => `${name} ${stat?.size} ${stat?.mtimeMs}`)
    .sort();
}

/**
 * Runs a command with a /dev/shm of its own, which is empty at first; gives the names of what is there in the end. Where
 * there are no namespaces it runs in the machine's, of which nothing can be said.
 */
async function inOwnSharedMemory(
  program: readonly string[],
  command: readonly string[],
  options: SpawnOptions = {},
): Promise<{ end: End; left: readonly string[] }> {
  if (UNSHARE === undefined) {
    const [first = "", ...others] = [...program, ...command];
    return { end: await endOf(start(first, others, options)), left: [] };
  }
  const listed = join(mkdtempSync(join(home, "shm-")), "left");
  const script = `${OWN_SHARED_MEMORY} || exit; "$@"; status=$?; ls -A /dev/shm >'${listed}'; exit $status`;
  const args = [...UNSHARE, "sh", "-c", script, "sh", ...program, ...command];
  const end = await endOf(start("unshare", args, options));
  return { end, left: readFileSync(listed, "utf8").split("\n").filter(Boolean) };
}
