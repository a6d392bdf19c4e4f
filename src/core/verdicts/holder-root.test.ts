import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { holderRootOf } from "./holder-root.ts";

const FILES = ["models/tests/test_kv.py"];

const ROOTS: readonly (readonly [holder: string, root: string])[] = [
  ["test_kv._CACHE", "_CACHE"],
  ["test_kv._CACHE['kv'][0]", "_CACHE"],
  ["models.tests.test_kv._CACHE['a.test_kv.b'].weights[3].w", "_CACHE"],
  ["test_kv.MODEL.layers[0].w", "MODEL.layers"],
  ["models.cache.KV[0]", "models.cache.KV"],
  ["a member of the set test_kv.SEEN", "a member of the set SEEN"],
  [
    "local 'x' in frame fill (test_kv.py:12), kept alive by exception ValueError",
    "local 'x' in frame fill, kept alive by exception ValueError",
  ],
  ["running frame main (run.py:3) of thread 'worker'", "running frame main of thread 'worker'"],
  ["fixture 'weights' (scope session).cached_result[0]", "fixture 'weights' (scope session).cached_result"],
  [`pytest item "models/tests/test_kv.py::test_a[it's 1]".obj`, "pytest item.obj"],
  ["process 4711", "process *"],
  ["trace 3, captured and not released", "trace *, captured and not released"],
  ["global semaphore held by test_kv.SEM", "global semaphore held by SEM"],
  ["program cache: entries of ttnn.reshape", "program cache: entries of ttnn.reshape"],
];

describe("the root of a holder", () => {
  for (const [holder, root] of ROOTS) {
    it(`of ${holder} is ${root}`, () => assert.equal(holderRootOf([holder], FILES), root));
  }

  it("is the first by the alphabet, in whichever order holders were found", () => {
    for (const holders of [
      ["b.X", "a.X"],
      ["a.X", "b.X"],
    ])
      assert.equal(holderRootOf(holders, FILES), "a.X");
  });

  it("is null where nothing holds it", () => assert.equal(holderRootOf([], FILES), null));

  it("is found at once in a long path that matches nothing", () => {
    assert.equal(holderRootOf([`${"a.".repeat(20_000)}x${"[".repeat(20_000)}`], FILES)?.length, 60_001);
  });
});
