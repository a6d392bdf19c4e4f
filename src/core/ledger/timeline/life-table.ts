/** What is known of an allocation when it is born. */
export interface NewLife {
  /** Index of its series. */
  readonly series: number;
  /** Index of the ring, or of what else heard of it, that its numbers are of. */
  readonly ring: number;
  readonly address: number;
  readonly sizeBytes: number;
  /** Of the whole buffer as it was asked for, over all banks; null: not known. */
  readonly requestedBytes: number | null;
  /** Each of which has an equal part of it; 0: not known. */
  readonly banks: number;
  readonly bornNs: number;
  readonly context: number;
  readonly stack: number;
  readonly operation: number;
}

/** Who is told of the births and deaths of allocations, each in a row. */
export interface LifeTable {
  /** Gives its row. */
  bear(birth: NewLife): number;
  /** `context`: in which it was freed; 0: none. */
  end(row: number, diedNs: number, context: number): void;
  /** Who made it is known now. */
  name(row: number, stack: number): void;
}
