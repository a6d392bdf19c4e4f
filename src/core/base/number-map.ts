/** Of values, at first. */
const ROOM_MIN = 16;

/** Slots for each value that there is room for: open addressing with linear probing, at most half full. */
const SLOTS_OF_A_VALUE = 2;

const TWO_TO_32 = 2 ** 32;

/** Of a slot: nothing was ever there, or what was there was deleted. Else the place of the value, from 1. */
const FREE = 0;
const DELETED = -1;

/**
 * A Map of numbers from 0 to 2^53, such as addresses, for what comes and goes millions of times while little of it is there at once. V8's own
 * makes a new table whenever one is full of deleted keys, and the old one refers to the new one: what has become old keeps all
 * tables since, and what was in them, until all memory is collected. That is a fifth of the time. This one cleans its table in place.
 */
export class NumberMap<Value> {
  #slots = new Int32Array(ROOM_MIN * SLOTS_OF_A_VALUE);
  /** In the order in which they were set. */
  #keys = new Float64Array(ROOM_MIN);
  /** undefined: it was deleted. */
  #values: (Value | undefined)[] = new Array(ROOM_MIN).fill(undefined);
  /** Places that are taken. */
  #end = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): Value | undefined {
    const filed = this.#slots[this.#find(key)] ?? FREE;
    return filed > FREE ? this.#values[filed - 1] : undefined;
  }

  /** A key that is there keeps its place. */
  set(key: number, value: Value): void {
    const slot = this.#find(key);
    const filed = this.#slots[slot] ?? FREE;
    if (filed > FREE) {
      this.#values[filed - 1] = value;
      return;
    }
    if (this.#end === this.#keys.length) {
      this.#makeRoom();
      this.#slots[this.#find(key)] = this.#end + 1;
    } else {
      this.#slots[slot] = this.#end + 1;
    }
    this.#keys[this.#end] = key;
    this.#values[this.#end] = value;
    this.#end += 1;
    this.#size += 1;
  }

  delete(key: number): void {
    const slot = this.#find(key);
    const filed = this.#slots[slot] ?? FREE;
    if (filed <= FREE) return;
    this.#slots[slot] = DELETED;
    this.#values[filed - 1] = undefined;
    this.#size -= 1;
  }

  /** In the order in which their keys were set. Nothing is to be set meanwhile. */
  *values(): Generator<Value> {
    for (const [, value] of this) yield value;
  }

  /** As `values`. */
  *keys(): Generator<number> {
    for (const [key] of this) yield key;
  }

  /** As `values`. */
  *[Symbol.iterator](): Generator<readonly [number, Value]> {
    for (let place = 0; place < this.#end; place++) {
      const value = this.#values[place];
      if (value !== undefined) yield [this.#keys[place] ?? 0, value];
    }
  }

  /**
   * The slot that has the key; where none has it, the one where it is to be filed: the first whose key was deleted, because a key that
   * comes and goes again and again would leave a longer way behind each time.
   */
  #find(key: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(key) & mask;
    let deleted = -1;
    for (;;) {
      const filed = this.#slots[slot] ?? FREE;
      if (filed === FREE) return deleted < 0 ? slot : deleted;
      if (filed === DELETED) deleted = deleted < 0 ? slot : deleted;
      else if (this.#keys[filed - 1] === key) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** Takes out what was deleted; where that is less than half, there is twice the room afterwards. */
  #makeRoom(): void {
    const room = this.#keys.length;
    const [keys, values] = [this.#keys, this.#values];
    if (this.#size * 2 > room) {
      this.#keys = new Float64Array(room * 2);
      this.#values = new Array(room * 2).fill(undefined);
      this.#slots = new Int32Array(room * 2 * SLOTS_OF_A_VALUE);
    } else {
      this.#slots.fill(FREE);
    }
    this.#end = 0;
    for (let place = 0; place < room; place++) {
      const value = values[place];
      const key = keys[place] ?? 0;
      if (value === undefined) continue;
      values[place] = undefined;
      this.#keys[this.#end] = key;
      this.#values[this.#end] = value;
      this.#end += 1;
      this.#slots[this.#find(key)] = this.#end;
    }
  }
}

/** Of both halves of a key: addresses of a device differ in the lower one, those of the host in both. Multipliers of MurmurHash3. */
function hashOf(key: number): number {
  const mixed = Math.imul((key | 0) ^ Math.imul((key / TWO_TO_32) | 0, 0x85eb_ca6b), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 15);
}
