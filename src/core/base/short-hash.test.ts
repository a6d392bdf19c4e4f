import assert from "node:assert/strict";
import { it } from "node:test";
import { shortHash } from "./short-hash.ts";

/** 64-bit FNV-1a as its authors publish it, and the same with its upper 16 bits folded into the rest. */
const PUBLISHED: readonly (readonly [text: string, fnv: bigint, hash: string])[] = [
  ["", 0xcbf29ce484222325n, "9ce48422e8d7"],
  ["a", 0xaf63dc4c8601ec8cn, "dc4c860143ef"],
  ["foobar", 0x85944171f73967e8n, "4171f739e27c"],
];

for (const [text, fnv, hash] of PUBLISHED) {
  it(`is the folded FNV-1a of ${JSON.stringify(text)}`, () => {
    assert.equal(((fnv >> 48n) ^ BigInt.asUintN(48, fnv)).toString(16), hash);
    assert.equal(shortHash(text), hash);
  });
}
