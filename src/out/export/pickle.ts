/** What a pickle can have here: Python's dict, list, str, int, bool and None. */
export type Pickled = null | boolean | number | string | readonly Pickled[] | { readonly [key: string]: Pickled };

/** Items that one opcode adds to a list or a dict, as Python's own pickler does it. */
const BATCH_ITEMS = 1_000;

/** Values of `LONG1` that are sent as 8 bytes: all integers that a number has exactly. */
const LONG_BYTES = 8;

const PROTOCOL = 2;

const code = (letter: string): number => letter.charCodeAt(0);
const Op = {
  proto: 0x80,
  stop: code("."),
  none: code("N"),
  newTrue: 0x88,
  newFalse: 0x89,
  binInt: code("J"),
  binInt1: code("K"),
  binInt2: code("M"),
  long1: 0x8a,
  unicode: code("X"),
  emptyList: code("]"),
  emptyDict: code("}"),
  mark: code("("),
  appends: code("e"),
  setItems: code("u"),
  binPut: code("q"),
  longBinPut: code("r"),
  binGet: code("h"),
  longBinGet: code("j"),
} as const;

const FIRST_ROOM = 1 << 16;
const INT_MAX = 2 ** 31 - 1;

/**
 * A value as Python's pickle, protocol 2 (CPython, Lib/pickletools.py). A text, a list and an object that is there more than once, as the
 * same one, is written once and referred to.
 */
export function pickle(value: Pickled): Uint8Array {
  const writer = new PickleWriter();
  writer.write(value);
  return writer.finish();
}

class PickleWriter {
  #bytes = Buffer.alloc(FIRST_ROOM);
  #length = 0;
  readonly #memo = new Map<Pickled, number>();

  constructor() {
    this.#byte(Op.proto);
    this.#byte(PROTOCOL);
  }

  finish(): Uint8Array {
    this.#byte(Op.stop);
    return this.#bytes.subarray(0, this.#length);
  }

  write(value: Pickled): void {
    if (value === null) this.#byte(Op.none);
    else if (typeof value === "boolean") this.#byte(value ? Op.newTrue : Op.newFalse);
    else if (typeof value === "number") this.#integer(value);
    else if (!this.#recall(value)) this.#writeNew(value);
  }

  #writeNew(value: Exclude<Pickled, null | boolean | number>): void {
    if (typeof value === "string") {
      const text = Buffer.from(value);
      this.#byte(Op.unicode);
      this.#uint32(text.length);
      this.#append(text);
      this.#remember(value);
    } else if (isList(value)) {
      this.#byte(Op.emptyList);
      this.#remember(value);
      this.#inBatches(value, Op.appends, (each) => this.write(each));
    } else {
      this.#byte(Op.emptyDict);
      this.#remember(value);
      this.#inBatches(Object.entries(value), Op.setItems, ([key, each]) => {
        this.write(key);
        this.write(each);
      });
    }
  }

  #inBatches<T>(items: readonly T[], end: number, write: (item: T) => void): void {
    for (let from = 0; from < items.length; from += BATCH_ITEMS) {
      this.#byte(Op.mark);
      for (const item of items.slice(from, from + BATCH_ITEMS)) write(item);
      this.#byte(end);
    }
  }

  #integer(value: number): void {
    if (!Number.isSafeInteger(value)) throw new Error(`${value} is not an integer that a pickle has exactly`);
    if (value >= 0 && value < 2 ** 8) {
      this.#byte(Op.binInt1);
      this.#byte(value);
    } else if (value >= 0 && value < 2 ** 16) {
      this.#byte(Op.binInt2);
      this.#room(2);
      this.#length = this.#bytes.writeUInt16LE(value, this.#length);
    } else if (Math.abs(value) <= INT_MAX) {
      this.#byte(Op.binInt);
      this.#room(4);
      this.#length = this.#bytes.writeInt32LE(value, this.#length);
    } else {
      this.#byte(Op.long1);
      this.#byte(LONG_BYTES);
      this.#room(LONG_BYTES);
      this.#length = this.#bytes.writeBigInt64LE(BigInt(value), this.#length);
    }
  }

  #remember(value: Pickled): void {
    const index = this.#memo.size;
    this.#memo.set(value, index);
    this.#indexed(index, Op.binPut, Op.longBinPut);
  }

  #recall(value: Pickled): boolean {
    const index = this.#memo.get(value);
    if (index === undefined) return false;
    this.#indexed(index, Op.binGet, Op.longBinGet);
    return true;
  }

  #indexed(index: number, short: number, long: number): void {
    this.#byte(index < 2 ** 8 ? short : long);
    if (index < 2 ** 8) this.#byte(index);
    else this.#uint32(index);
  }

  #byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  #uint32(value: number): void {
    this.#room(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
  }

  #append(bytes: Buffer): void {
    this.#room(bytes.length);
    this.#length += bytes.copy(this.#bytes, this.#length);
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const more = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(more, 0, 0, this.#length);
    this.#bytes = more;
  }
}

function isList(value: readonly Pickled[] | { readonly [key: string]: Pickled }): value is readonly Pickled[] {
  return Array.isArray(value);
}
