import assert from "node:assert/strict";
import { test } from "node:test";
import { fileOfTest } from "../model/test-subject.ts";
import { originOf } from "./user-line-in-stack.ts";

const FILES = { rootDir: "/suite", testFile: "tests/test_a.py" };
const PACKAGES = "/venv/lib/python3.12/site-packages";

function frame(file: string, line = 1, name = "f") {
  return { file, line, function: name };
}

const TEST = frame("/suite/tests/test_a.py", 41, "test_prefill");

test("the line is that of the test, where the test itself called ttnn", () => {
  const frames = [frame(`${PACKAGES}/ttnn/decorators.py`), TEST, frame(`${PACKAGES}/_pytest/python.py`)];
  const origin = originOf(frames, "ttnn.add", FILES);
  const expected = {
    operation: "ttnn.add",
    file: "tests/test_a.py",
    line: 41,
    function: "test_prefill",
    testLine: null,
  };
  assert.deepEqual(origin, expected);
});

test("with a helper in between it is the helper's, and the line in the test as well", () => {
  const origin = originOf(
    [frame("/suite/models/attention.py", 212, "load_kv"), frame("/suite/x.py"), TEST],
    null,
    FILES,
  );
  assert.deepEqual([origin?.file, origin?.line], ["models/attention.py", 212]);
  assert.deepEqual(origin?.testLine, { file: "tests/test_a.py", line: 41 });
});

for (const file of [
  `${PACKAGES}/ttnn/operations/core.py`,
  `${PACKAGES}/_pytest/python.py`,
  `${PACKAGES}/pluggy/_callers.py`,
  `${PACKAGES}/tt_memwatch/watch.py`,
  "/src/tt-metal/ttnn/ttnn/decorators.py",
  "/clone/clients/pytest/src/tt_memwatch/plugin.py",
  "/usr/lib/python3.12/functools.py",
  "<frozen importlib._bootstrap>",
  "<string>",
]) {
  test(`${file} is passed over`, () => {
    assert.equal(originOf([frame(file)], null, FILES), null);
    assert.equal(originOf([frame(file), TEST], null, FILES)?.line, 41);
  });
}

for (const file of [`${PACKAGES}/models/llama.py`, "/elsewhere/models.py", "/suite/ttnn_helpers/make.py"]) {
  test(`${file} is the user's`, () => {
    assert.equal(originOf([frame(file, 7), TEST], null, FILES)?.line, 7);
  });
}

test("a file outside of the suite keeps its whole path, and a sibling folder is outside", () => {
  assert.equal(originOf([frame("/suite-two/a.py")], null, FILES)?.file, "/suite-two/a.py");
});

test("a node id's file is what stands before its first ::", () => {
  assert.deepEqual(["a/b.py::T::t[x::y]", "a.py"].map(fileOfTest), ["a/b.py", "a.py"]);
});
