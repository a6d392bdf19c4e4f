import { ByteWriter, type ColumnSource, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import type { ExportedLife, ExportedRun, ExportFormat, ExportWriter } from "../../core/model/exported-recording.ts";
import { type LifeColumn, lifeColumns } from "./life-columns.ts";

/** Rows of a row group, which is put together in memory. */
const GROUP_ROWS = 50_000;

/** The same table as CSV, with texts as they are; what was recorded is in the file's metadata. */
export const PARQUET: ExportFormat = { shows: "course", open: (run, write) => new LifeTableWriter(run, write) };

/** Hands on what it has whenever a row group is done. */
class FlushedWriter extends ByteWriter {
  readonly #write: (bytes: Uint8Array) => void;

  constructor(write: (bytes: Uint8Array) => void) {
    super();
    this.#write = write;
  }

  flush(): void {
    this.#write(this.getBytes().slice());
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}

type Value = bigint | string | null;

class LifeTableWriter implements ExportWriter {
  readonly #run: ExportedRun;
  readonly #parquet: ParquetWriter;
  readonly #columns = lifeColumns();
  #values: Value[][];
  #rows = 0;

  constructor(run: ExportedRun, write: (bytes: Uint8Array) => void) {
    this.#run = run;
    this.#values = this.#noValues();
    const facts = { command: JSON.stringify(run.command), started_at: run.startedAt };
    this.#parquet = new ParquetWriter({
      writer: new FlushedWriter(write),
      schema: schemaFromColumnData({ columnData: this.#sources() }),
      createdBy: `tt-memwatch ${run.engine}`,
      kvMetadata: Object.entries(facts).map(([key, value]) => ({ key: `tt-memwatch.${key}`, value })),
    });
  }

  lived(life: ExportedLife): void {
    for (const [index, column] of this.#columns.entries()) this.#values[index]?.push(cellOf(column, life, this.#run));
    this.#rows += 1;
    if (this.#rows >= GROUP_ROWS) this.#writeGroup();
  }

  end(): void {
    if (this.#rows > 0) this.#writeGroup();
    void this.#parquet.finish();
  }

  #writeGroup(): void {
    void this.#parquet.write({ columnData: this.#sources(), rowGroupSize: GROUP_ROWS });
    this.#values = this.#noValues();
    this.#rows = 0;
  }

  #noValues(): Value[][] {
    return this.#columns.map(() => []);
  }

  #sources(): ColumnSource[] {
    return this.#columns.map(({ name, kind }, index) => ({
      name,
      type: kind === "integer" ? "INT64" : "STRING",
      data: this.#values[index] ?? [],
    }));
  }
}

function cellOf(column: LifeColumn, life: ExportedLife, run: ExportedRun): Value {
  if (column.kind === "text") return column.of(life);
  const value = column.of(life, run);
  return value === null ? null : BigInt(Math.round(value));
}
