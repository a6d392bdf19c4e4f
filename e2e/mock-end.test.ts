import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { endOf, home, mock, start } from "./mock-program.ts";
import { CLONE, type End, NEWEST, PROGRAM, programOf } from "./run-harness.ts";

const NEWEST_PYTHON = programOf(NEWEST, "python");

const clean: End = { exitCode: 0, stdout: "", stderr: "" };

describe("a ttnn known not to work", () => {
  const cases = [
    {
      version: "0.67.4",
      slow: undefined,
      message: /ttnn 0\.67\.4 crashes on a mock device; install one that works: 0\.66\.0, /,
    },
    { version: "0.67.4", slow: "1", message: /ttnn 0\.67\.4 crashes on a mock device/ },
    {
      version: "0.68.0",
      slow: undefined,
      message: /ttnn 0\.68\.0 runs .* in slow dispatch only; set TT_METAL_SLOW_DISPATCH_MODE=1/,
    },
    { version: "0.74.0", slow: undefined, message: /ttnn 0\.74\.0 runs .* in slow dispatch only/ },
  ];
  for (const { version, slow, message } of cases) {
    test(`${version} with TT_METAL_SLOW_DISPATCH_MODE ${slow === undefined ? "unset" : `'${slow}'`} is refused in one line`, async () => {
      const env = { PYTHONPATH: plantTtnn(version), TT_METAL_SLOW_DISPATCH_MODE: slow };
      const { exitCode, stderr } = await mock([], [NEWEST_PYTHON, "-c", "import ttnn"], { env });
      assert.equal(exitCode, 2);
      assert.match(stderr.trimEnd().split("\n").at(-1) ?? "", message);
    });
  }

  for (const { version, slow } of [
    { version: "0.68.0", slow: "1" },
    { version: "0.74.0", slow: "1" },
    // ttnn asks only whether the variable is there.
    { version: "0.74.0", slow: "" },
    { version: "0.74.0", slow: "0" },
    { version: "0.75.0", slow: undefined },
  ]) {
    test(`${version} with TT_METAL_SLOW_DISPATCH_MODE ${slow === undefined ? "unset" : `'${slow}'`} is not`, async () => {
      const env = { PYTHONPATH: plantTtnn(version), TT_METAL_SLOW_DISPATCH_MODE: slow };
      assert.deepEqual(await mock([], [NEWEST_PYTHON, "-c", "import ttnn"], { env }), clean);
    });
  }

  test("a newer one than any tried runs, with a warning", async () => {
    const env = { PYTHONPATH: plantTtnn("0.82.0") };
    const { exitCode, stderr } = await mock([], [NEWEST_PYTHON, "-c", "import ttnn"], { env });
    assert.equal(exitCode, 0);
    assert.match(stderr, /^tt-memwatch mock: ttnn 0\.82\.0 was never tried on a mock device; .*\n$/);
  });
});

describe("the command's end is ours", () => {
  const cases = [
    { name: "its exit code", command: ["sh", "-c", "exit 7"], expected: 7 },
    { name: "the signal that ended it", command: ["sh", "-c", "kill -KILL $$"], expected: 128 + 9 },
    { name: "not found", command: ["no-such-command"], expected: 127 },
    { name: "not executable", command: [join(CLONE, "package.json")], expected: 126 },
    { name: "nested, with a -- of its own", command: [PROGRAM, "mock", "--", "sh", "-c", "exit 9"], expected: 9 },
  ];
  for (const { name, command, expected } of cases) {
    test(name, async () => assert.equal((await mock([], command)).exitCode, expected));
  }

  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const) {
    test(`${signal} reaches it, and it may answer as it likes`, async () => {
      const answer = `import signal, sys
signal.signal(signal.${signal}, lambda *_: sys.exit(42))
print("ready", flush=True)
signal.pause()`;
      const child = start(PROGRAM, ["mock", "--", NEWEST_PYTHON, "-c", answer]);
      const end = endOf(child);
      assert.ok(child.stdout);
      await Promise.race([once(child.stdout, "data"), end]);
      child.kill(signal);
      assert.equal((await end).exitCode, 42);
    });
  }

  test("its private folder is removed", async () => {
    const { stdout } = await mock([], ["sh", "-c", "echo $TT_METAL_LOGS_PATH"]);
    assert.ok(stdout.startsWith(tmpdir()));
    assert.equal(existsSync(stdout.trim()), false);
  });
});

/** A folder with a ttnn that has a version and nothing else. */
function plantTtnn(version: string): string {
  const folder = mkdtempSync(join(home, "planted-"));
  mkdirSync(join(folder, "ttnn"));
  writeFileSync(join(folder, "ttnn", "__init__.py"), "");
  mkdirSync(join(folder, `ttnn-${version}.dist-info`));
  writeFileSync(
    join(folder, `ttnn-${version}.dist-info`, "METADATA"),
    `Metadata-Version: 2.1\nName: ttnn\nVersion: ${version}\n`,
  );
  return folder;
}
