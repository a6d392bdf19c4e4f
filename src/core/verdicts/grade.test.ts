import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gradeOf, leaving, NOTHING, verdicts } from "../../../fixtures/run/graded.ts";
import { BANKS, Scenario } from "../../../fixtures/run/scenario.ts";

const MB = 1024 * 1024;

describe("a test's own growth", () => {
  test("that leaves nothing has no finding", () => {
    assert.deepEqual(gradeOf(new Scenario().test("a", NOTHING, NOTHING)), []);
  });

  test("that goes with garbage collection has no finding", () => {
    const scenario = new Scenario()
      .begin("a")
      .look("before", NOTHING)
      .look("after", { DRAM: { 0: 100 } })
      .look("after-collect", NOTHING)
      .end("a");
    assert.deepEqual(gradeOf(scenario), []);
  });

  test("seen once is suspect, with the allocator's own difference and its buffers", () => {
    const [finding, ...others] = gradeOf(leaving(new Scenario(), "a", 32));
    assert.deepEqual(others, []);
    assert.equal(finding?.verdict, "suspect");
    assert.equal(finding.fails, true);
    assert.equal(finding.sizeBytes, 100 * BANKS);
    assert.deepEqual(finding.buffers, [
      { address: 32n, sizeBytes: 100 * BANKS, tensor: null, inside: [], allocated: null },
    ]);
    assert.equal(finding.phase, "call");
  });

  test("over the large-buffer rule is a leak, unless it was live when its process crashed; at the rule it is none", () => {
    const perBank = (100 * MB) / BANKS;
    for (const [size, verdict] of [
      [Math.floor(perBank), "suspect"],
      [Math.floor(perBank) + 1, "leak"],
    ] as const) {
      const left = () => new Scenario().test("a", NOTHING, { DRAM: { 0: size } });
      assert.equal(gradeOf(left().bye())[0]?.verdict, verdict, `${size * BANKS} bytes`);
      assert.equal(gradeOf(left().lose())[0]?.verdict, "suspect");
      assert.equal(gradeOf(left().endDevice().lose())[0]?.verdict, verdict);
    }
    const crashed = new Scenario().test("a", NOTHING, { DRAM: { 0: perBank + 1 } }).lose();
    assert.match(gradeOf(crashed)[0]?.evidence ?? "", /its process did not come to its end, at which wider fixtures/);
  });

  test("the same from two tests of the same code is a leak in both", () => {
    const scenario = leaving(leaving(new Scenario(), "t::f[0]", 0), "t::f[1]", 100, { 0: 100 });
    assert.deepEqual(verdicts(gradeOf(scenario)), { "t::f[0]": ["leak"], "t::f[1]": ["leak"] });
  });

  test("tensors of different shapes that are padded to one size are not called the same", () => {
    const evidenceOf = (...shapes: readonly (readonly number[])[]) => {
      const scenario = leaving(leaving(new Scenario(), "t::f[0]", 0), "t::f[1]", 100, { 0: 100 });
      for (const [index, shape] of shapes.entries()) {
        const block = { deviceKey: 1, memoryType: "DRAM", address: BigInt(index * 100) } as const;
        scenario.also({
          kind: "tensor",
          process: 0,
          ...block,
          tensor: { dtype: "bfloat16", shape, logicalBytes: null },
        });
      }
      return gradeOf(scenario)[0]?.evidence;
    };
    assert.match(evidenceOf([1, 32], [1, 32]) ?? "", /^The same 1\.2 KB in 1 buffer was left by 2 tests/);
    assert.match(evidenceOf([1, 32]) ?? "", /^The same /);
    assert.match(
      evidenceOf([1, 32], [1, 16]) ?? "",
      /^1\.2 KB in 1 buffer, in tensors of different shapes that take as much, was left by 2 tests of the same code: /,
    );
  });

  test("findings of a verdict, and the tests in a sentence, are in the order in which the tests ran", () => {
    const names = ["t::f[32]", "t::f[128]", "t::f[100]", "t::f[0]"];
    const scenario = new Scenario();
    const live: Record<number, number> = {};
    for (const [index, name] of names.entries()) {
      const before = { DRAM: { ...live } };
      live[index * 100] = 100;
      scenario.test(name, before, { DRAM: { ...live } }, { index });
    }
    const findings = gradeOf(scenario);
    assert.deepEqual(
      findings.map((finding) => finding.test),
      names,
    );
    assert.match(findings[0]?.evidence ?? "", /t::f\[32\], t::f\[128\], t::f\[100\], t::f\[0\]\.$/);
  });

  test("the same from two tests is a leak too when different workers ran them", () => {
    const findings = gradeOf(leaving(new Scenario(0), "t::f[0]", 0), leaving(new Scenario(1), "t::f[1]", 0));
    assert.deepEqual(verdicts(findings), { "t::f[0]": ["leak"], "t::f[1]": ["leak"] });
  });

  test("of another size, or from other code, stays suspect", () => {
    const scenario = leaving(new Scenario(), "t::f", 0);
    scenario.test("t::g", { DRAM: { 0: 100 } }, { DRAM: { 0: 100, 100: 100 } });
    scenario.test("t::f[b]", { DRAM: { 0: 100, 100: 100 } }, { DRAM: { 0: 100, 100: 100, 200: 64 } });
    assert.deepEqual(new Set(Object.values(verdicts(gradeOf(scenario))).flat()), new Set(["suspect"]));
  });

  test("left again by a rerun of the test is a leak; left by the first attempt alone it is retained", () => {
    const first = leaving(new Scenario(), "a", 0);
    const again = leaving(new Scenario(), "a", 0);
    first.test("a", { DRAM: { 0: 100 } }, { DRAM: { 0: 100 } }, { attempt: 2 });
    again.test("a", { DRAM: { 0: 100 } }, { DRAM: { 0: 100, 100: 100 } }, { attempt: 2 });
    assert.deepEqual(verdicts(gradeOf(first)), { a: ["retained"] });
    assert.deepEqual(verdicts(gradeOf(again)), { a: ["leak", "leak"] });
  });

  test("left again in another pytest session of the process is a leak, and is reported as that", () => {
    const scenario = leaving(new Scenario(), "a", 0).nextSession();
    const other = { device: 2 };
    scenario
      .begin("a", { attempt: 2 })
      .look("before", NOTHING, other)
      .look("after-clear", { DRAM: { 0: 100 } }, other);
    scenario.end("a", "passed", 2);
    const findings = gradeOf(scenario);
    assert.deepEqual(verdicts(findings), { a: ["leak", "leak"] });
    assert.match(findings[0]?.evidence ?? "", /each of 2 attempts of a, in 2 pytest sessions of one process:/);
  });

  test("freed when the program cache is cleared is the program cache", () => {
    const scenario = new Scenario()
      .begin("a")
      .look("before", NOTHING)
      .look("after-collect", { L1_SMALL: { 0: 160 } }, { cacheEntries: 3 })
      .look("after-clear", NOTHING)
      .end("a");
    const [finding] = gradeOf(scenario);
    assert.equal(finding?.verdict, "program-cache");
    assert.equal(finding.sizeBytes, 160 * BANKS);
    assert.equal(finding.fails, false);
  });

  test("with new cache entries is taken for the program cache where it is never cleared, up to the rule's size", () => {
    for (const [size, verdict] of [
      [3072, "program-cache"],
      [3073, "suspect"],
    ] as const) {
      const scenario = new Scenario(0, "never").begin("a").look("before", NOTHING);
      scenario.look("after-collect", { DRAM: { 0: size } }, { cacheEntries: 2 }).end("a");
      assert.deepEqual(verdicts(gradeOf(scenario)), { a: [verdict] }, `${size * BANKS} bytes`);
    }
  });

  test("freed with the failed test's traceback is held by the failure; what stays is not", () => {
    const scenario = new Scenario()
      .begin("a")
      .look("before", NOTHING)
      .look("after-collect", { DRAM: { 0: 100, 100: 60 } })
      .look("after-release", { DRAM: { 100: 60 } })
      .look("after-clear", { DRAM: { 100: 60 } })
      .end("a", "failed");
    const findings = gradeOf(scenario);
    assert.deepEqual(verdicts(findings), { a: ["suspect", "held-by-failure"] });
    assert.deepEqual(
      findings.map(({ sizeBytes }) => sizeBytes),
      [60 * BANKS, 100 * BANKS],
    );
  });

  test("freed by a later test is freed late", () => {
    const scenario = leaving(new Scenario(), "a", 0).test("b", { DRAM: { 0: 100 } }, NOTHING);
    assert.deepEqual(verdicts(gradeOf(scenario)), { a: ["late-free"] });
  });

  test("that takes the place of the same from an earlier test of the same code is retained", () => {
    const scenario = leaving(new Scenario(), "t::f[0]", 0).test(
      "t::f[1]",
      { DRAM: { 0: 100 } },
      { DRAM: { 100: 100 } },
    );
    assert.deepEqual(verdicts(gradeOf(scenario)), { "t::f[0]": ["late-free"], "t::f[1]": ["retained"] });
  });

  test("is charged to the phase that allocated it", () => {
    const scenario = new Scenario()
      .begin("a")
      .look("before", NOTHING)
      .look("after-setup", { DRAM: { 0: 10 } })
      .look("after-call", { DRAM: { 0: 10 }, L1: { 0: 20 } })
      .look("after-collect", { DRAM: { 0: 10 }, L1: { 0: 20 }, TRACE: { 0: 30 } })
      .end("a");
    const phases = gradeOf(scenario).map(({ memoryType, phase }) => [memoryType, phase]);
    assert.deepEqual(Object.fromEntries(phases), { DRAM: "setup", L1: "call", TRACE: "teardown" });
  });

  test("on a sub-mesh that the test closed itself went with it: no finding", () => {
    const scenario = new Scenario()
      .begin("a")
      .look("before", NOTHING)
      .look("after-call", { DRAM: { 0: 9 } }, { device: 2 });
    assert.deepEqual(gradeOf(scenario.look("after-collect", NOTHING).end("a")), []);
  });

  test("of a test that never ended, or could not be measured, is not judged", () => {
    const lost = new Scenario()
      .begin("a")
      .look("before", NOTHING)
      .look("after-call", { DRAM: { 0: 10 } })
      .lose();
    const skipped = new Scenario(1)
      .begin("b")
      .look("before", NOTHING)
      .look("after", { DRAM: { 0: 10 } });
    skipped.notChecked("skipped by its marker: too slow").end("b");
    const closed = new Scenario(2).begin("c").look("open", NOTHING).notChecked("the device was closed").end("c");
    const found = verdicts(gradeOf(lost, skipped, closed));
    assert.deepEqual(found, { a: ["not-checked"], b: ["not-checked"], c: ["not-checked"] });
  });

  test("of a test that never ended makes no leak of what another test left", () => {
    const left = { DRAM: { 0: 10 } };
    const scenario = new Scenario().test("a[0]", NOTHING, left, { base: "a" }).begin("a[1]", { base: "a" });
    scenario
      .look("before", left)
      .notChecked("the test was interrupted")
      .look("after", { DRAM: { 0: 10, 1: 10 } });
    const findings = gradeOf(scenario.lose());
    assert.deepEqual(verdicts(findings), { "a[0]": ["suspect"], "a[1]": ["not-checked"] });
    assert.match(
      findings.at(-1)?.evidence ?? "",
      /^The test was interrupted; 120 B that appeared during the test is not/,
    );
  });

  test("of a test whose marker cannot be read is reported once, at the line of the marker", () => {
    const scenario = new Scenario().begin("t.py::a[1]", { base: "t.py::a" }).look("before", NOTHING);
    scenario.notChecked("bad", { file: "t.py", line: 3 }).look("after-collect", { DRAM: { 0: 10 }, L1: { 0: 1 } });
    const findings = gradeOf(scenario.notChecked("it was forked").end("t.py::a[1]"));
    assert.deepEqual(
      findings.map(({ verdict, evidence, origin, sizeBytes }) => [verdict, evidence, origin?.line, sizeBytes]),
      [
        ["bad-mark", "Bad.", 3, 0],
        ["not-checked", "It was forked.", undefined, 0],
      ],
    );
    assert.equal(findings[0]?.origin?.function, "a");
  });
});
