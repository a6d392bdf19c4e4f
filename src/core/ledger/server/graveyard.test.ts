import assert from "node:assert/strict";
import { it } from "node:test";
import { ENTRY_WORDS } from "./buffer-entry.ts";
import { Graveyard, REMEMBERED_MAX } from "./graveyard.ts";

const ENTRIES = REMEMBERED_MAX + 2;

class Buried {
  readonly words = new Int32Array(ENTRIES * ENTRY_WORDS);
  readonly graveyard = new Graveyard();

  bury(entry: number): number {
    return this.graveyard.bury(entry, this.words, entry * ENTRY_WORDS);
  }

  raise(entry: number): void {
    this.graveyard.raise(this.words, entry * ENTRY_WORDS);
  }
}

it(`forgets the oldest of more than ${REMEMBERED_MAX}, in order of death`, () => {
  const buried = new Buried();
  const forgotten = Array.from({ length: ENTRIES }, (_, entry) => buried.bury(entry));
  assert.ok(forgotten.slice(0, REMEMBERED_MAX).every((entry) => entry === -1));
  assert.deepEqual(forgotten.slice(REMEMBERED_MAX), [0, 1]);
});

it("does not forget what lives again, nor what died again since for its earlier death", () => {
  const buried = new Buried();
  buried.bury(0);
  buried.bury(1);
  buried.raise(0);
  buried.raise(1);
  buried.bury(1);
  const forgotten = Array.from({ length: REMEMBERED_MAX }, (_, index) => buried.bury(index + 2));
  assert.deepEqual(
    forgotten.filter((entry) => entry !== -1),
    [1],
  );
  assert.equal(forgotten.at(-1), 1);
});
