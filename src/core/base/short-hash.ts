/** FNV-1a of 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/** Hexadecimal digits of a hash: among a million texts two are alike with a chance of 1 in 560. */
const DIGITS = 12;

/** Twelve hexadecimal digits that stand for a text, the same on every machine. Not for secrets. */
export function shortHash(text: string): string {
  let hash = OFFSET_BASIS;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  }
  // The upper bits are folded into the lower ones, as its authors advise for fewer than 64 bits.
  const folded = (hash >> 48n) ^ BigInt.asUintN(48, hash);
  return folded.toString(16).padStart(DIGITS, "0");
}
