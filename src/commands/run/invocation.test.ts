import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempDisposableSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { invocationOf } from "./invocation.ts";

const OWN = ["/usr/bin/node", "/clone/src/main.ts"];
const CALLED = { TT_MEMWATCH_PROGRAM: "bin/tt-memwatch" };

function invocation(env: NodeJS.ProcessEnv, cwd = "/"): string {
  return invocationOf({ env, cwd }, OWN, []).join(" ");
}

describe("the program", () => {
  test("is named as it was called", () => {
    assert.equal(invocation(CALLED), "bin/tt-memwatch run --");
  });

  test("is what Node was given, where it was called without the script", () => {
    assert.equal(invocation({}), "/usr/bin/node /clone/src/main.ts run --");
  });

  test("is named alone where it is what the PATH finds, and as it was called where that is another", () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "invocation-"));
    for (const name of ["own", "linked", "other"]) mkdirSync(join(folder.path, name));
    for (const name of ["own", "other"]) {
      writeFileSync(join(folder.path, name, "tt-memwatch"), "");
      chmodSync(join(folder.path, name, "tt-memwatch"), 0o755);
    }
    symlinkSync("../own/tt-memwatch", join(folder.path, "linked", "tt-memwatch"));
    const env = { TT_MEMWATCH_PROGRAM: "own/tt-memwatch" };
    const on = (name: string) => ({ ...env, PATH: `/nowhere:${join(folder.path, name)}` });
    assert.equal(invocation(on("linked"), folder.path), "tt-memwatch run --");
    assert.equal(invocation(on("other"), folder.path), "own/tt-memwatch run --");
  });
});

test("the options that another run shall have come before its command", () => {
  const words = invocationOf({ env: CALLED, cwd: "/" }, OWN, ["--strict"]);
  assert.deepEqual(words, ["bin/tt-memwatch", "run", "--strict", "--"]);
});

describe("under mock, the invocation", () => {
  for (const [what, env, words] of [
    ["names it", { TT_MEMWATCH_MOCK_DEVICE: "n150" }, "bin/tt-memwatch mock -- bin/tt-memwatch run --"],
    [
      "names its device",
      { TT_MEMWATCH_MOCK_DEVICE: "n300" },
      "bin/tt-memwatch mock --device n300 -- bin/tt-memwatch run --",
    ],
    [
      "names the user's descriptor",
      { TT_MEMWATCH_MOCK_DEVICE: "named-0123", TT_METAL_MOCK_CLUSTER_DESC_PATH: "/d.yaml" },
      "env TT_METAL_MOCK_CLUSTER_DESC_PATH=/d.yaml bin/tt-memwatch mock -- bin/tt-memwatch run --",
    ],
  ] as const) {
    test(what, () => assert.equal(invocation({ ...CALLED, ...env }), words));
  }
});
