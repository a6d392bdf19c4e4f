import assert from "node:assert/strict";
import { it } from "node:test";
import { kilobytes, megabytes, titleBox } from "./earlier-text.ts";

const KB = 1024n;
const MB = 1024n * KB;
const U64 = 2n ** 64n;

for (const title of ["REMAINING ALLOCATED BUFFERS", "DOUBLE-FREED BUFFERS", "DETAILED KERNEL ALLOCATIONS"]) {
  it(`draws a box of 64 columns around ${title}, its title row one short`, () => {
    const [top, row, bottom] = titleBox(title);
    assert.equal(top, `╔${"═".repeat(62)}╗`);
    assert.equal(row?.length, 63);
    assert.ok(row?.startsWith(`║           ${title} `) && row.endsWith(" ║"));
    assert.equal(bottom, `╚${"═".repeat(62)}╝`);
  });
}

// As C's printf("%.6g", (double)bytes / unit) prints them.
const inMegabytes: readonly (readonly [bigint, string])[] = [
  [0n, "0"],
  [36_864n, "0.0351562"],
  [100n, "9.53674e-05"],
  [1n, "9.53674e-07"],
  [107_374_182_400n, "102400"],
  [9_007_199_254_740_993n, "8.58993e+09"],
  [U64 - 6144n, "1.75922e+13"],
  [U64 - 1n, "1.75922e+13"],
  [U64 - 100n * 1024n * MB, "1.75922e+13"],
  [2n ** 63n, "8.79609e+12"],
];
for (const [sizeBytes, text] of inMegabytes) {
  it(`writes ${sizeBytes} bytes as ${text} MB`, () => assert.equal(megabytes(sizeBytes), text));
}

const inKilobytes: readonly (readonly [bigint, string])[] = [
  [1_048_576n, "1024"],
  [1_073_741_823n, "1.04858e+06"],
  [1_152_921_504_606_846_983n, "1.1259e+15"],
  [999_999n, "976.562"],
  [U64 - 6144n, "1.80144e+16"],
];
for (const [sizeBytes, text] of inKilobytes) {
  it(`writes ${sizeBytes} bytes as ${text} KB`, () => assert.equal(kilobytes(sizeBytes), text));
}
