import type { ExportFormat } from "../../core/model/exported-recording.ts";

/** A row for each format: what it is for people, and how it is loaded, which is when it is asked for. */
interface FormatRow {
  readonly summary: string;
  readonly load: () => Promise<ExportFormat>;
}

/** In the order in which help lists them. */
export const EXPORT_FORMATS: Readonly<Record<string, FormatRow>> = {
  perfetto: {
    summary: "what each memory held, tests and buffers over time; for ui.perfetto.dev",
    load: async () => (await import("../../out/export/perfetto.ts")).PERFETTO,
  },
  pprof: {
    summary: "what each line allocated and held, by test; for go tool pprof, or speedscope",
    load: async () => (await import("../../out/export/pprof.ts")).PPROF,
  },
  "torch-memory-viz": {
    summary: "where buffers lay, and what came and went; for pytorch.org/memory_viz",
    load: async () => (await import("../../out/export/torch-memory-viz.ts")).TORCH_MEMORY_VIZ,
  },
  speedscope: {
    summary: "flame graphs of what each memory held; for speedscope.app",
    load: async () => (await import("../../out/export/speedscope.ts")).SPEEDSCOPE,
  },
  csv: {
    summary: "a row for each buffer; for spreadsheets",
    load: async () => (await import("../../out/export/csv.ts")).CSV,
  },
  parquet: {
    summary: "the same; for DuckDB, pandas, Polars",
    load: async () => (await import("../../out/export/parquet.ts")).PARQUET,
  },
};
