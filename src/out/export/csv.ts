import { stringify } from "csv-stringify/sync";
import type { ExportedLife, ExportedRun, ExportFormat, ExportWriter } from "../../core/model/exported-recording.ts";
import { lifeColumns } from "./life-columns.ts";

/** Rows that are put together before they are written. */
const BATCH_ROWS = 1_000;

/**
 * RFC 4180, with a header: a row for each buffer. A text that a spreadsheet would take for a formula has an apostrophe before it, as
 * OWASP says (CSV Injection): the names are the suite's, and whoever opens the file need not be who ran it.
 */
export const CSV: ExportFormat = { shows: "course", open: (run, write) => new CsvWriter(run, write) };

const OPTIONS = { record_delimiter: "\r\n", escape_formulas: true } as const;

class CsvWriter implements ExportWriter {
  readonly #run: ExportedRun;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #columns = lifeColumns();
  #rows: (string | number | null)[][] = [];

  constructor(run: ExportedRun, write: (bytes: Uint8Array) => void) {
    this.#run = run;
    this.#write = write;
    this.#rows.push(this.#columns.map(({ name }) => name));
  }

  lived(life: ExportedLife): void {
    this.#rows.push(this.#columns.map((column) => column.of(life, this.#run)));
    if (this.#rows.length >= BATCH_ROWS) this.#flush();
  }

  end(): void {
    this.#flush();
  }

  #flush(): void {
    if (this.#rows.length > 0) this.#write(Buffer.from(stringify(this.#rows, OPTIONS)));
    this.#rows = [];
  }
}
