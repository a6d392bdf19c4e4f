import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatBytes, jsonBytes, parseSize } from "./bytes.ts";

const KB = 1024;
const MB = 1024 * KB;

describe("formatBytes", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0 B"],
    [1, "1 B"],
    [512, "512 B"],
    [1023, "1023 B"],
    [1024, "1.0 KB"],
    [1234, "1.2 KB"],
    [36_864, "36.0 KB"],
    [1023.9 * KB, "1023.9 KB"],
    [MB - 1, "1.0 MB"],
    [MB, "1.0 MB"],
    [24 * MB, "24.0 MB"],
    [12 * 1024 * MB, "12.0 GB"],
    [3 * 1024 ** 4, "3.0 TB"],
    [5000 * 1024 ** 4, "5000.0 TB"],
    [-1536, "-1.5 KB"],
  ];
  for (const [sizeBytes, text] of cases) {
    it(`writes ${sizeBytes} bytes as ${text}`, () => assert.equal(formatBytes(sizeBytes), text));
  }

  it("never writes 1024 of a unit that has a larger one", () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (sizeBytes) => {
        const text = formatBytes(sizeBytes);
        assert.ok(text.endsWith(" TB") || Number.parseFloat(text) < KB, text);
      }),
    );
  });
});

describe("parseSize", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["4096", 4096],
    ["12 B", 12],
    ["64KB", 64 * KB],
    ["64k", 64 * KB],
    ["1 MB", MB],
    [" 1.5 MiB ", 1.5 * MB],
    ["2 gib", 2 * 1024 * MB],
    ["1T", 1024 ** 4],
  ];
  for (const [text, sizeBytes] of cases) {
    it(`reads ${JSON.stringify(text)} as ${sizeBytes}`, () => assert.equal(parseSize(text), sizeBytes));
  }

  for (const text of [
    "",
    " ",
    "-1",
    "1e3",
    "MB",
    "1 XB",
    "1,5 MB",
    "1 M B",
    "0x10",
    "0.5",
    "1.0001 KB",
    "9999999 TB",
  ]) {
    it(`refuses ${JSON.stringify(text)} and names it`, () => {
      assert.throws(
        () => parseSize(text),
        (error) => {
          assert.ok(error instanceof RangeError);
          assert.ok(error.message.startsWith(`${JSON.stringify(text)} is not a size: want `), error.message);
          return true;
        },
      );
    });
  }

  it("reads back any whole number of bytes", () => {
    fc.assert(fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (n) => assert.equal(parseSize(String(n)), n)));
  });
});

const SAFE_MAX = 2n ** 53n - 1n;

for (const [sizeBytes, wanted] of [
  [0n, 0n],
  [SAFE_MAX, SAFE_MAX],
  [SAFE_MAX + 1n, SAFE_MAX],
  [2n ** 64n - 1n, SAFE_MAX],
] as const) {
  it(`${sizeBytes} bytes are ${wanted} in JSON`, () => {
    assert.equal(BigInt(jsonBytes(sizeBytes)), wanted);
    assert.equal(BigInt(jsonBytes(Number(sizeBytes))), wanted);
  });
}
