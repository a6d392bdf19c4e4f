import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type EndedLife, LifeReporter } from "./life-reporter.ts";

const FACTS = { requestedBytes: null, banks: 0, ring: 0, context: 0, stack: 0, operation: 0 };

function follow() {
  const [lives, changes]: [EndedLife[], (readonly number[])[]] = [[], []];
  const told = new LifeReporter({
    changed: (...change) => changes.push(change),
    lived: (life) => lives.push(life),
  });
  return { told, lives, changes };
}

test("each buffer is reported once, when it died or at the end, with its place among all births and deaths", () => {
  const { told, lives, changes } = follow();
  const born = (address: number, bornNs: number) =>
    told.bear({ ...FACTS, series: 0, address, sizeBytes: address, bornNs });
  const first = born(10, 1);
  born(20, 2);
  told.end(first, 3, 7);
  told.name(born(30, 4), 5);
  told.reportLive();
  assert.deepEqual(
    lives.map(({ number, address, stack, bornStep, diedNs, diedStep, freedContext }) => {
      return [number, address, stack, bornStep, diedNs, diedStep, freedContext];
    }),
    [
      [1, 10, 0, 1, 3, 3, 7],
      [2, 20, 0, 2, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0],
      [3, 30, 5, 4, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0],
    ],
  );
  assert.deepEqual(changes, [
    [0, 1, 10, 1],
    [0, 2, 30, 2],
    [0, 3, 20, 3],
    [0, 4, 50, 4],
  ]);
  assert.equal(told.births, 3);
});

test("what lived after any step adds up to what each series held then", () => {
  const Deed = fc.record({ series: fc.nat(2), sizeBytes: fc.nat(1_000), dies: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(Deed), (deeds) => {
      const { told, lives, changes } = follow();
      const live: number[] = [];
      for (const [atNs, { dies, ...birth }] of deeds.entries()) {
        live.push(told.bear({ ...FACTS, ...birth, address: atNs, bornNs: atNs }));
        if (dies === 0) told.end(live.splice(atNs % live.length, 1)[0] ?? 0, atNs, 0);
      }
      told.reportLive();
      for (const [series = 0, , bytes, step = 0] of changes) {
        const then = lives.filter((life) => life.series === series && life.bornStep <= step && step < life.diedStep);
        assert.equal(
          then.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
          bytes,
        );
      }
    }),
  );
});
