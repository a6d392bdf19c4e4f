import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { bar, sparkline } from "./gauge.ts";

describe("a bar", () => {
  for (const [part, peak, whole, wanted] of [
    [0, null, 100, "          "],
    [1, null, 10_000, "▏         "],
    [50, null, 100, "█████     "],
    [55, null, 100, "█████▌    "],
    [100, null, 100, "██████████"],
    [120, null, 100, "██████████"],
    [20, 70, 100, "██     │  "],
    [20, 100, 100, "██       │"],
    [20, 20, 100, "██        "],
    [20, 70, 0, "          "],
  ] as const) {
    it(`of ${part} of ${whole}, with a peak of ${peak}, is ${JSON.stringify(wanted)}`, () => {
      const { filled, rest } = bar(part, peak, whole, 10);
      assert.equal(filled + rest, wanted);
    });
  }

  it("always takes all of its columns", () => {
    const amount = fc.nat({ max: 1e6 });
    fc.assert(
      fc.property(amount, amount, amount, fc.nat({ max: 100 }), (part, peak, whole, columns) => {
        const { filled, rest } = bar(part, peak, whole, columns);
        assert.equal(filled.length + rest.length, columns);
      }),
    );
  });
});

describe("a sparkline", () => {
  for (const [values, whole, columns, wanted] of [
    [[], 100, 4, "    "],
    [[0, 50, 100], 100, 4, " ▁▅█"],
    [[1, 2, 3, 4, 5, 6, 7, 8], 100, 8, "▁▂▃▄▅▆▇█"],
    [[9, 1, 2], 100, 2, "▁█"],
    [[50, 50], 100, 2, "▅▅"],
    [[50, 50], 0, 2, "▁▁"],
  ] as const) {
    it(`of ${values.join(", ")} is ${JSON.stringify(wanted)}`, () => {
      assert.equal(sparkline(values, whole, columns), wanted);
    });
  }
});
