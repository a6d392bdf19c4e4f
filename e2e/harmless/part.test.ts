import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { ENVIRONMENT } from "../environment.ts";
import { CLONE, PLUGINS } from "./places.ts";

const COUNT = 2;
const NAMES = [..."abcdefgh"].map((letter) => `test_${letter}.py`);
const FILES = [...NAMES, ...NAMES.map((name) => join("inner", name))];

const suite = mkdtempSync(join(tmpdir(), "harmless-part-"));
after(() => rmSync(suite, { recursive: true }));
write("conftest.py", "import pytest\n\n@pytest.fixture\ndef given(request):\n    return request.path\n");
write(join("inner", "__init__.py"), "");
write(
  join("inner", "conftest.py"),
  "import pytest\n\n@pytest.fixture\ndef given(request):\n    assert request.node.getparent(pytest.Package)\n",
);
for (const name of FILES) write(name, "def test_it(given):\n    pass\n");

function write(name: string, text: string): void {
  mkdirSync(dirname(join(suite, name)), { recursive: true });
  writeFileSync(join(suite, name), text);
}

/** Files of the tests that pytest runs of one part; all pass. The oldest pytest collects packages by `__init__.py`. */
function runPart(number: number): string[] {
  const python = join(CLONE, ".venv", "ttnn-0.66.0", "bin", "python");
  const env = { ...ENVIRONMENT, PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1", PYTHONPATH: PLUGINS };
  const args = ["-m", "pytest", "-p", "harmless_part", "-p", "no:cacheprovider", "-rA"];
  const { status, stdout } = spawnSync(python, args, {
    cwd: suite,
    env: { ...env, HARMLESS_PART: `${number}/${COUNT}` },
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
  return [...stdout.matchAll(/^PASSED (.*)::test_it$/gm)].map(([, path]) => path ?? "");
}

test("each file with tests is in one part, the same each time; conftest files and packages are in all", () => {
  const parts = [runPart(1), runPart(2)];
  assert.deepEqual(parts.flat().sort(), FILES.sort());
  assert.ok(parts.every((files) => files.some((name) => name.startsWith("inner"))));
  assert.deepEqual(runPart(1), parts[0]);
});
