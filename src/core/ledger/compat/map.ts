/** What all the maps of the earlier server have in common: a device, and a 64-bit address or id there. */
export interface Placed {
  readonly device: number;
  readonly address: bigint;
}

/** Numbers of buckets as libstdc++ grows through them; a map holds at most one entry a bucket on average. */
const BUCKETS = [
  13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043, 85229, 172933, 351061, 712697, 1447153, 2938679,
  5967347,
] as const;

/**
 * A map by device and address that is listed in the order of libstdc++'s `unordered_map`, which is what the earlier
 * server's dumps show: the bucket that was filled last comes first, and within a bucket the entry that came last.
 */
export class CompatMap<Value extends Placed> {
  // Both in the order in which they came; a bucket that runs empty is dropped and comes anew.
  #buckets = new Map<number, Value[]>();
  #bucketCount = 1;
  #capacity = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(place: Placed): Value | undefined {
    return this.#buckets.get(this.#bucketOf(place))?.find((each) => isSamePlace(each, place));
  }

  /** Adds an entry, or puts another in its place. */
  set(value: Value): void {
    const bucket = this.#buckets.get(this.#bucketOf(value)) ?? [];
    const index = bucket.findIndex((each) => isSamePlace(each, value));
    if (index !== -1) {
      bucket[index] = value;
      return;
    }
    if (this.#size === this.#capacity) this.#grow();
    this.#size += 1;
    this.#append(value);
  }

  delete(place: Placed): void {
    const number = this.#bucketOf(place);
    const bucket = this.#buckets.get(number) ?? [];
    const index = bucket.findIndex((each) => isSamePlace(each, place));
    if (index === -1) return;
    bucket.splice(index, 1);
    this.#size -= 1;
    if (bucket.length === 0) this.#buckets.delete(number);
  }

  /** A copy of all entries, in the order of the earlier server. */
  values(): Value[] {
    return [...this.#buckets.values()].flat().toReversed();
  }

  #append(value: Value): void {
    const number = this.#bucketOf(value);
    const bucket = this.#buckets.get(number);
    if (bucket === undefined) this.#buckets.set(number, [value]);
    else bucket.push(value);
  }

  /** Moves all entries into more buckets, in the order in which they are listed. */
  #grow(): void {
    const values = this.values();
    // Past the table only the order would differ from the earlier server's.
    this.#bucketCount = BUCKETS.find((count) => count > this.#bucketCount) ?? this.#bucketCount * 2 + 1;
    this.#capacity = this.#bucketCount;
    this.#buckets = new Map();
    for (const value of values) this.#append(value);
  }

  #bucketOf({ device, address }: Placed): number {
    const hash = BigInt.asUintN(64, BigInt(device) ^ (address << 1n));
    return Number(hash % BigInt(this.#bucketCount));
  }
}

function isSamePlace(a: Placed, b: Placed): boolean {
  return a.device === b.device && a.address === b.address;
}
