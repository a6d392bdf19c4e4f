import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { formatBytes, jsonBytes, parseSize } from "./bytes.ts";

const KB = 1024;

/** The plugin's tests read the same table. */
const TABLE = z
  .object({
    read: z.array(z.tuple([z.string(), z.number()])),
    refused: z.array(z.string()),
    written: z.array(z.tuple([z.number(), z.string()])),
  })
  .parse(JSON.parse(readFileSync(new URL("../../../fixtures/sizes.json", import.meta.url), "utf8")));

describe("formatBytes", () => {
  for (const [sizeBytes, text] of TABLE.written) {
    it(`writes ${sizeBytes} bytes as ${text}`, () => assert.equal(formatBytes(sizeBytes), text));
  }

  it("writes a loss with its sign", () => assert.equal(formatBytes(-1536), "-1.5 KB"));

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
  for (const [text, sizeBytes] of TABLE.read) {
    it(`reads ${JSON.stringify(text)} as ${sizeBytes}`, () => assert.equal(parseSize(text), sizeBytes));
  }

  for (const text of TABLE.refused) {
    it(`refuses ${JSON.stringify(text)} and names it`, () => {
      assert.throws(
        () => parseSize(text),
        (error) => {
          assert.ok(error instanceof RangeError);
          assert.ok(error.message.startsWith(`${JSON.stringify(text)} is not a size; wanted `), error.message);
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
