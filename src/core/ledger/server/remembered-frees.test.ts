import assert from "node:assert/strict";
import { it } from "node:test";
import { ENTRY_WORDS } from "./buffer-entry.ts";
import { REMEMBERED_MAX, RememberedFrees } from "./remembered-frees.ts";

const ENTRIES = REMEMBERED_MAX + 2;

class Frees {
  readonly words = new Int32Array(ENTRIES * ENTRY_WORDS);
  readonly freed = new RememberedFrees();

  remember(entry: number): number {
    return this.freed.remember(entry, this.words, entry * ENTRY_WORDS);
  }

  forget(entry: number): void {
    this.freed.forget(this.words, entry * ENTRY_WORDS);
  }
}

it(`forgets the oldest of more than ${REMEMBERED_MAX}, in order of death`, () => {
  const freed = new Frees();
  const forgotten = Array.from({ length: ENTRIES }, (_, entry) => freed.remember(entry));
  assert.ok(forgotten.slice(0, REMEMBERED_MAX).every((entry) => entry === -1));
  assert.deepEqual(forgotten.slice(REMEMBERED_MAX), [0, 1]);
});

it("does not forget what lives again, nor what died again since for its earlier death", () => {
  const freed = new Frees();
  freed.remember(0);
  freed.remember(1);
  freed.forget(0);
  freed.forget(1);
  freed.remember(1);
  const forgotten = Array.from({ length: REMEMBERED_MAX }, (_, index) => freed.remember(index + 2));
  assert.deepEqual(
    forgotten.filter((entry) => entry !== -1),
    [1],
  );
  assert.equal(forgotten.at(-1), 1);
});
