import { z } from "zod";
import { TracedMemory } from "../../core/ledger/run/traced-memory.ts";
import type { TraceRecord, TraceSink } from "../../core/model/trace-record.ts";
import { readTextFile } from "../../files/open-outside-file.ts";

/** Of what the random program writes down. */
const LISTS_BYTES_MAX = 64 * 1024 * 1024;

const Tracer = z.object({ tracer: z.string(), isListed: z.boolean() });

const Listed = z.object({
  mark: z.number(),
  /** What the allocator counts in each bank, by memory type; empty: the device is closed. */
  bytesPerBank: z.record(z.string(), z.number()),
  /** Memory type, address, bytes per bank as they were asked for. */
  buffers: z.array(z.tuple([z.string(), z.number(), z.number()])),
});

const Done = z.object({ outOfMemory: z.number(), takenOver: z.string() });

/** What ttnn itself listed while clients/selftest/random_allocations.py ran. */
export interface Lists {
  /** Version of the tracer, and whether this ttnn is among the versions it was tested with; null: it never started. */
  readonly tracer: z.infer<typeof Tracer> | null;
  readonly listed: readonly z.infer<typeof Listed>[];
  /** null: it ended before it was done. */
  readonly done: z.infer<typeof Done> | null;
}

/** What the program wrote, up to a line that it could not finish. */
export function readLists(path: string): Lists {
  const lines = linesOf(path);
  return {
    tracer: lines.map((line) => Tracer.safeParse(line).data).find((line) => line !== undefined) ?? null,
    listed: lines.flatMap((line) => Listed.safeParse(line).data ?? []),
    done: lines.map((line) => Done.safeParse(line).data).find((line) => line !== undefined) ?? null,
  };
}

function linesOf(path: string): unknown[] {
  try {
    return readTextFile(path, LISTS_BYTES_MAX).split("\n").flatMap(parsed);
  } catch {
    return [];
  }
}

function parsed(line: string): unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

/** Takes the records of the random program, and at each mark holds what is live by them against ttnn's own list. */
export class ListComparison implements TraceSink {
  readonly #memory = new TracedMemory();
  readonly #lists: ReadonlyMap<number, z.infer<typeof Listed>>;
  /** As they were asked for, by memory type and address. */
  readonly #askedBytes = new Map<string, number>();
  compared = 0;
  equal = 0;
  failedAllocations = 0;
  lostRecords = 0;
  /** How the first list that is not equal differs. */
  difference: string | null = null;

  constructor({ listed }: Lists) {
    this.#lists = new Map(listed.map((list) => [list.mark, list]));
  }

  record(record: TraceRecord): void {
    this.#memory.record(record);
    if (record.kind === "allocate") {
      this.#askedBytes.set(`${record.memoryType} ${record.address}`, record.bytesPerBank);
    }
    if (record.kind === "allocate-failed") this.failedAllocations += 1;
    const list = record.kind === "mark" ? this.#lists.get(record.address) : undefined;
    if (list !== undefined) this.#compare(list);
  }

  lost(records: number): void {
    this.#memory.lost(records);
    this.lostRecords += records;
  }

  #compare({ mark, buffers, bytesPerBank }: z.infer<typeof Listed>): void {
    const live = [...this.#memory.live()];
    const traced = live.map(({ memoryType, address }) => {
      return `${memoryType} ${address} ${this.#askedBytes.get(`${memoryType} ${address}`)}`;
    });
    const totals = Object.entries(bytesPerBank).flatMap(([type, wanted]) => {
      const got = live.reduce((total, buffer) => total + (buffer.memoryType === type ? buffer.bytesPerBank : 0), 0);
      return got === wanted ? [] : [`${type} has ${got} bytes in a bank, ttnn counts ${wanted}`];
    });
    const differences = [
      ...differencesOf(
        traced,
        buffers.map((buffer) => buffer.join(" ")),
      ),
      ...totals,
    ];
    this.compared += 1;
    if (differences.length === 0) this.equal += 1;
    else this.difference ??= `comparison ${mark}: ${differences[0]}`;
  }
}

function differencesOf(traced: readonly string[], listed: readonly string[]): string[] {
  const [ours, theirs] = [new Set(traced), new Set(listed)];
  return [
    ...traced.filter((buffer) => !theirs.has(buffer)).map((buffer) => `ttnn does not list ${buffer}`),
    ...listed.filter((buffer) => !ours.has(buffer)).map((buffer) => `only ttnn lists ${buffer}`),
  ];
}
