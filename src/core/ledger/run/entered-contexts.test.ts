import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { TraceContext } from "../../model/trace-record.ts";
import { EnteredContexts } from "./entered-contexts.ts";

const REFS = ["a", "b"].map((test) => ({ test, attempt: 1 }));
const FIXTURE = { name: "model", scope: "module", baseId: "m.py" } as const;

const context: fc.Arbitrary<TraceContext> = fc.record(
  {
    ref: fc.constantFrom(null, ...REFS),
    phase: fc.constantFrom(null, "setup" as const, "call" as const, "teardown" as const, "fixture" as const),
    fixture: fc.constantFrom(null, null, FIXTURE),
    subtest: fc.constantFrom(null, null, "[one]"),
  },
  { noNullPrototype: true },
);

const entered = fc.array(fc.record({ number: fc.nat(40), context, sinceNs: fc.option(fc.nat(3)) }), { size: "+1" });

describe("contexts", () => {
  it("are by number what was entered last, and by time what was entered last until then", () => {
    fc.assert(
      fc.property(entered, (all) => {
        const contexts = new EnteredContexts();
        const byNumber = new Map<number, TraceContext>();
        const byTime: (readonly [atNs: number, context: TraceContext])[] = [];
        let nowNs = 10;
        for (const { number, context, sinceNs } of all) {
          nowNs += sinceNs ?? 0;
          if (sinceNs !== null) byTime.push([nowNs, context]);
          byNumber.set(number, context);
          contexts.enter(number, context, sinceNs === null ? null : nowNs);
        }
        for (let number = 0; number <= 41; number++) {
          assert.deepEqual(contexts.of(number), byNumber.get(number) ?? null);
        }
        for (let timeNs = 9; timeNs <= nowNs + 1; timeNs++) {
          assert.deepEqual(contexts.at(timeNs), byTime.findLast(([atNs]) => atNs <= timeNs)?.[1] ?? null);
        }
      }),
    );
  });

  it("refer to the test itself: of each there is one", () => {
    const contexts = new EnteredContexts();
    const [ref = null] = REFS;
    contexts.enter(2, { ref, phase: "call", fixture: null, subtest: null }, 1);
    assert.equal(contexts.of(2)?.ref, ref);
  });
});
