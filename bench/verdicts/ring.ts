import { rmSync } from "node:fs";
import { copyOf, type Deed } from "../../fixtures/recording/recorded.ts";
import { RingWriter } from "../../fixtures/ring/ring-writer.ts";
import type { TraceRecord } from "../../src/core/model/trace-record.ts";
import { RingReader } from "../../src/in/regions/ring-reader.ts";
import type { RecordDamage } from "./damage.ts";

/** The ring of one planted process: written as the tracer writes, read as the engine reads, and lost where it is too small. */
export class PlantedRing implements Disposable {
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  readonly #damage: RecordDamage;
  #taken: TraceRecord[] = [];
  #deeds: Deed[] = [];

  constructor(
    path: string,
    number: number,
    { pid, capacity }: { readonly pid: number; readonly capacity: number },
    damage: RecordDamage,
  ) {
    this.#writer = new RingWriter(path, { capacity, pid });
    this.#damage = damage;
    const sink = {
      record: (record: TraceRecord): void => {
        this.#taken.push(copyOf(record));
      },
      lost: (records: number): void => {
        this.#flush(number);
        this.#deeds.push({ kind: "lost", ring: number, records });
      },
    };
    const reader = RingReader.open(path, sink);
    if (reader === null) throw new Error("a ring is whole when it is opened");
    this.#reader = reader;
    this.take = () => {
      this.#reader.read();
      this.#flush(number);
      const deeds = this.#deeds;
      this.#deeds = [];
      return deeds;
    };
  }

  write(record: TraceRecord): void {
    for (const each of this.#damage.pass(record)) this.#writer.write(each);
  }

  /** What the engine reads of it now. */
  readonly take: () => readonly Deed[];

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
    this.#writer[Symbol.dispose]();
    rmSync(this.#writer.path);
  }

  #flush(number: number): void {
    if (this.#taken.length > 0) this.#deeds.push({ kind: "records", ring: number, records: this.#taken });
    this.#taken = [];
  }
}
