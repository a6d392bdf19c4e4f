import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { UsageError } from "../../core/base/usage-error.ts";
import { isPlainWord, MOCK_DEVICES, type MockDevice, mockEnvironment } from "./mock-environment.ts";

describe("the descriptor", () => {
  for (const device of MOCK_DEVICES) {
    test(`of ${device} is shipped`, () => {
      const path = environment({}, device).TT_METAL_MOCK_CLUSTER_DESC_PATH ?? "";
      assert.ok(path.endsWith(`${device}.yaml`));
      assert.ok(existsSync(path));
    });
  }

  test("is the n150's by default", () => {
    assert.match(environment({}).TT_METAL_MOCK_CLUSTER_DESC_PATH ?? "", /n150\.yaml$/);
  });

  test("that the user named wins, and is made absolute", () => {
    const named = { TT_METAL_MOCK_CLUSTER_DESC_PATH: "package.json" };
    assert.equal(environment(named).TT_METAL_MOCK_CLUSTER_DESC_PATH, `${process.cwd()}/package.json`);
  });

  test("that the user named contradicts a device", () => {
    const named = { TT_METAL_MOCK_CLUSTER_DESC_PATH: "package.json" };
    assert.throws(() => environment(named, "p150"), UsageError);
  });

  test("of a mock within a mock of the same device is the device's", () => {
    const outer = environment({}, "n300");
    assert.equal(environment(outer, "n300").TT_MEMWATCH_MOCK_DEVICE, "n300");
  });

  test("that the user named has to exist", () => {
    assert.throws(() => environment({ TT_METAL_MOCK_CLUSTER_DESC_PATH: "no-such-file" }), UsageError);
  });
});

describe("the kernel cache", () => {
  const cases = [
    { name: "is kept in the home", env: { HOME: "/h" }, expected: "/h/.cache/tt-memwatch/mock/n150" },
    { name: "follows XDG", env: { HOME: "/h", XDG_CACHE_HOME: "/x" }, expected: "/x/tt-memwatch/mock/n150" },
    {
      name: "ignores a relative XDG path",
      env: { HOME: "/h", XDG_CACHE_HOME: "x" },
      expected: "/h/.cache/tt-memwatch/mock/n150",
    },
    { name: "is not kept where a shell takes its path apart", env: { HOME: "/a b" }, expected: "/private/cache/n150" },
    {
      name: "is never the user's",
      env: { HOME: "/h", TT_METAL_CACHE: "/u" },
      expected: "/h/.cache/tt-memwatch/mock/n150",
    },
  ];
  for (const { name, env, expected } of cases) {
    test(name, () => assert.equal(environment(env).TT_METAL_CACHE, expected));
  }

  test("of two descriptors are two", () => {
    const [one, other] = ["package.json", "tsconfig.json"].map(
      (path) => environment({ TT_METAL_MOCK_CLUSTER_DESC_PATH: path }).TT_METAL_CACHE,
    );
    assert.notEqual(one, other);
  });
});

test("what the user set for logging and shared memory stays, and their PYTHONPATH follows ours", () => {
  const theirs = {
    TT_LOGGER_LEVEL: "info",
    TT_METAL_SHM_TRACKING_DISABLED: "0",
    OMPI_MCA_btl: "tcp",
    PYTHONPATH: "/p",
  };
  const { TT_LOGGER_LEVEL, TT_METAL_SHM_TRACKING_DISABLED, OMPI_MCA_btl, PYTHONPATH = "" } = environment(theirs);
  assert.deepEqual({ TT_LOGGER_LEVEL, TT_METAL_SHM_TRACKING_DISABLED, OMPI_MCA_btl, PYTHONPATH: "/p" }, theirs);
  assert.match(PYTHONPATH, /clients\/mock\/python:\/p$/);
});

test("an unset PYTHONPATH gets no empty entry, which would be the working directory", () => {
  assert.doesNotMatch(environment({}).PYTHONPATH ?? ":", /:/);
});

test("a plain word is one that no shell splits or expands", () => {
  for (const plain of ["/a/b-c_d.e", "/home/jürgen", "/日本/x", "/a=b,c:d@e%f+g"]) assert.ok(isPlainWord(plain), plain);
  for (const other of ["/a b", "/a'b", '/a"b', "/a$b", "/a;b", "/a\nb", "/a(b)", "/a*", "~", ""]) {
    assert.equal(isPlainWord(other), false, other);
  }
});

function environment(env: NodeJS.ProcessEnv, device: MockDevice | null = null): NodeJS.ProcessEnv {
  return mockEnvironment(device, "/private", { env, cwd: process.cwd() });
}
