/** What all the maps of the earlier server have in common: a device, and a 64-bit address or id there. */
export interface DeviceAddress {
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
export class CompatMap<Value extends DeviceAddress> {
  // Both in the order in which they came; a bucket that runs empty is dropped and comes anew. Each is a map, because
  // clients choose the addresses, and may choose all of one bucket.
  #buckets = new Map<number, Map<string, Value>>();
  #bucketCount = 1;
  #capacity = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(place: DeviceAddress): Value | undefined {
    return this.#buckets.get(this.#bucketOf(place))?.get(keyOf(place));
  }

  /** Adds an entry, or puts another in its place. */
  set(value: Value): void {
    const bucket = this.#buckets.get(this.#bucketOf(value));
    if (bucket?.has(keyOf(value)) === true) {
      bucket.set(keyOf(value), value);
      return;
    }
    if (this.#size === this.#capacity) this.#grow();
    this.#size += 1;
    this.#append(value);
  }

  delete(place: DeviceAddress): void {
    const number = this.#bucketOf(place);
    const bucket = this.#buckets.get(number);
    if (bucket?.delete(keyOf(place)) !== true) return;
    this.#size -= 1;
    if (bucket.size === 0) this.#buckets.delete(number);
  }

  /** A copy of all entries, in the order of the earlier server. */
  values(): Value[] {
    const values: Value[] = [];
    for (const bucket of this.#buckets.values()) for (const value of bucket.values()) values.push(value);
    return values.reverse();
  }

  #append(value: Value): void {
    const number = this.#bucketOf(value);
    const bucket = this.#buckets.get(number);
    if (bucket === undefined) this.#buckets.set(number, new Map([[keyOf(value), value]]));
    else bucket.set(keyOf(value), value);
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

  #bucketOf({ device, address }: DeviceAddress): number {
    const hash = BigInt.asUintN(64, BigInt(device) ^ (address << 1n));
    return Number(hash % BigInt(this.#bucketCount));
  }
}

function keyOf({ device, address }: DeviceAddress): string {
  return `${device} ${address}`;
}

/** Entries that are a process's each. */
export class OwnedCompatMap<Value extends DeviceAddress & { readonly pid: number }> extends CompatMap<Value> {
  /** Entries by process from the first end of a process until the next change: many end at once. */
  #byPid: Map<number, Value[]> | null = null;

  override set(value: Value): void {
    this.#byPid = null;
    super.set(value);
  }

  override delete(place: DeviceAddress): void {
    this.#byPid = null;
    super.delete(place);
  }

  /** Removes what is a process's, and gives it in the order of the earlier server. */
  take(pid: number): readonly Value[] {
    this.#byPid ??= Map.groupBy(this.values(), (value) => value.pid);
    const taken = this.#byPid.get(pid) ?? [];
    this.#byPid.delete(pid);
    for (const value of taken) super.delete(value);
    return taken;
  }
}
