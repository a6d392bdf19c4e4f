import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  checkLimits,
  checkNode,
  checkServer,
  checkSharedMemory,
  checkTracer,
  checkTtnn,
  checkVariables,
} from "./doctor-checks.ts";

const folder = mkdtempSync(join(tmpdir(), "doctor-"));
after(() => rmSync(folder, { recursive: true }));

for (const [version, state] of [
  ["24.14.9", "wrong"],
  ["24.15.0", "ok"],
  ["25.0.0", "ok"],
  ["22.20.0", "wrong"],
] as const) {
  test(`Node ${version} is ${state}`, () => assert.equal(checkNode(version).state, state));
}

test("a misspelt variable is named, with the one that was meant", () => {
  const [misspelt] = checkVariables({ TT_ALLOC_SERVER_ENABLED: "1", PATH: "/bin" });
  assert.equal(misspelt?.name, "TT_ALLOC_SERVER_ENABLED");
  assert.match(misspelt?.text ?? "", /TT_ALLOC_TRACKING_ENABLED=1/);
});

for (const [value, state] of [
  ["1", "ok"],
  ["true", "wrong"],
  ["0", "wrong"],
] as const) {
  test(`TT_ALLOC_TRACKING_ENABLED=${value} is ${state}`, () => {
    assert.deepEqual(
      checkVariables({ TT_ALLOC_TRACKING_ENABLED: value }).map((check) => check.state),
      [state],
    );
  });
}

test("without a server it says how to start one", async () => {
  const [check] = await checkServer(join(folder, "none.sock"));
  assert.equal(check?.state, "note");
  assert.match(check?.text ?? "", /tt-memwatch serve/);
});

test("a folder that is not there cannot be written", () => {
  assert.equal(checkSharedMemory(join(folder, "none")).state, "wrong");
  assert.notEqual(checkSharedMemory(folder).text, checkSharedMemory(join(folder, "none")).text);
});

test("a Python without ttnn is a note", async () => {
  assert.deepEqual((await checkTtnn({ PATH: folder })).state, "note");
});

test("the Python that has ttnn is named whole, whatever its folder is called", async () => {
  const bin = join(folder, "my env", "bin");
  mkdirSync(bin, { recursive: true });
  const answer = JSON.stringify(["0.81.1", join(bin, "python3")]);
  writeFileSync(join(bin, "python3"), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
  const { text } = await checkTtnn({ PATH: `${bin}:/bin:/usr/bin` });
  assert.equal(text, `0.81.1 (${join(bin, "python3")}), can be measured`);
});

test("a tracer that is not built is wrong, and it says how to build it", async () => {
  const check = await checkTracer(join(folder, "none.so"), process.env);
  assert.equal(check.state, "wrong");
  assert.match(check.text, /not built.*`make setup`/);
});

test("a tracer that no Python can load is wrong, and it says why", async () => {
  const broken = join(folder, "broken.so");
  writeFileSync(broken, "no library");
  const check = await checkTracer(broken, process.env);
  assert.equal(check.state, "wrong");
  assert.match(check.text, /python3? cannot load it: OSError: .*broken\.so/);
});

test("a tracer is not tried where there is no Python", async () => {
  const library = join(folder, "some.so");
  writeFileSync(library, "");
  assert.equal((await checkTracer(library, { PATH: folder })).state, "note");
});

test("the limit of open files is looked up", () => {
  assert.match(checkLimits()[0]?.text ?? "", /^\d+/);
});

for (const [bytes, state, text] of [
  [1_048_575, "note", /^1048575: clients may wait .*wmem_max=1048576/],
  [1_048_576, "ok", /^1048576$/],
] as const) {
  test(`a socket's buffer of at most ${bytes} bytes is ${state}`, () => {
    const file = join(folder, "wmem_max");
    writeFileSync(file, `${bytes}\n`);
    const [, buffer] = checkLimits(file);
    assert.equal(buffer?.state, state);
    assert.match(buffer?.text ?? "", text);
  });
}

test("a socket's buffer whose limit the container hides is a note", () => {
  const hidden = { name: "net.core.wmem_max", state: "note", text: "hidden here" };
  assert.deepEqual(checkLimits(join(folder, "none"))[1], hidden);
});
