import { gzipSync } from "node:zlib";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import {
  type ExportedLife,
  type ExportedMemory,
  type ExportedOrigin,
  type ExportedRun,
  type ExportedTest,
  type ExportFormat,
  type ExportWriter,
  isLiveAt,
} from "../../core/model/exported-recording.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import { type Fields, writeFields } from "./protobuf.ts";

/**
 * A gzipped profile.proto (github.com/google/pprof, proto/profile.proto; the numbers below are those of its fields). A sample is what one
 * line allocated in one memory in one test.
 */
export const PPROF: ExportFormat = { shows: "instant", open: (run, write) => new PprofWriter(run, write) };

/** Type and unit of each value of a sample, in order: those of Go's heap profiles, and what was live at the peak of its memory. */
const VALUES = [
  ["alloc_objects", "count"],
  ["alloc_space", "bytes"],
  ["peak_objects", "count"],
  ["peak_space", "bytes"],
  ["inuse_objects", "count"],
  ["inuse_space", "bytes"],
] as const;
const [ALLOCATED, AT_PEAK, IN_USE] = [0, 2, 4];

const Profile = {
  sampleType: 1,
  sample: 2,
  mapping: 3,
  location: 4,
  function: 5,
  stringTable: 6,
  timeNanos: 9,
  durationNanos: 10,
  comment: 13,
  defaultSampleType: 14,
} as const;

const MAPPING = 1;
const NS_PER_MS = 1_000_000n;

interface Sample {
  readonly origin: ExportedOrigin;
  readonly memory: ExportedMemory;
  readonly test: ExportedTest | null;
  readonly values: number[];
}

class PprofWriter implements ExportWriter {
  readonly #run: ExportedRun;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #samples = new Map<string, Sample>();
  readonly #strings = new Map<string, number>([["", 0]]);
  readonly #functions = new Map<string, number>();
  readonly #locations = new Map<string, number>();
  readonly #out = new BinaryWriter();

  constructor(run: ExportedRun, write: (bytes: Uint8Array) => void) {
    this.#run = run;
    this.#write = write;
  }

  lived(life: ExportedLife): void {
    const { values } = this.#sampleOf(life);
    add(values, ALLOCATED, life);
    if (isLiveAt(life, life.memory.peak.step)) add(values, AT_PEAK, life);
    if (isLiveAt(life, this.#run.instant.step)) add(values, IN_USE, life);
  }

  end(): void {
    const { startedAt, beginNs, endNs, instant, command, engine } = this.#run;
    const string = (text: string): number => this.#string(text);
    this.#put({ [Profile.sampleType]: VALUES.map(([type, unit]) => ({ 1: string(type), 2: string(unit) })) });
    // Says that nothing is left to be looked up: pprof asks for the program's own file otherwise.
    const isKnown = { 7: 1, 8: 1, 9: 1 };
    this.#put({ [Profile.mapping]: { 1: MAPPING, 5: string(command[0] ?? ""), ...isKnown } });
    for (const sample of this.#samples.values()) this.#addSample(sample);
    const comments = [command.join(" "), `in use: live ${instant.text}`, `tt-memwatch ${engine}`];
    this.#put({
      [Profile.timeNanos]: BigInt(Date.parse(startedAt)) * NS_PER_MS + BigInt(Math.round(instant.atNs - beginNs)),
      [Profile.durationNanos]: Math.round(endNs - beginNs),
      [Profile.comment]: comments.map(string),
      [Profile.defaultSampleType]: string("inuse_space"),
    });
    this.#put({ [Profile.stringTable]: [...this.#strings.keys()] });
    this.#write(gzipSync(this.#out.finish()));
  }

  #sampleOf({ origin, memory, test }: ExportedLife): Sample {
    const key = `${origin.index} ${memory.index} ${test?.index}`;
    const known = this.#samples.get(key);
    if (known !== undefined) return known;
    const made = { origin, memory, test, values: VALUES.map(() => 0) };
    this.#samples.set(key, made);
    return made;
  }

  /** Lists of numbers are repeated rather than packed: both are the same to who reads them. */
  #addSample({ origin, memory, test, values }: Sample): void {
    const labels = {
      test: test?.test ?? null,
      device: `${memory.openedAs === null ? "" : "opened as "}${memory.device}`,
      memory_type: memory.memoryType,
      operation: origin.operation,
      pid: `${memory.pid}`,
    };
    const known = Object.entries(labels).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
    this.#put({
      [Profile.sample]: {
        1: origin.stack.map((frame) => this.#location(frame)),
        2: values,
        3: known.map(([key, value]) => ({ 1: this.#string(key), 2: this.#string(value) })),
      },
    });
  }

  /** A line of a function. Gives its id. */
  #location({ file, line, function: name }: StackFrame): number {
    const [text, path] = [this.#string(name), this.#string(file)];
    const about = this.#once(this.#functions, `${file}\0${name}`, Profile.function, { 2: text, 3: text, 4: path });
    return this.#once(this.#locations, `${about} ${line}`, Profile.location, { 2: MAPPING, 4: { 1: about, 2: line } });
  }

  /** Writes it where it is new. Gives its id, from 1. */
  #once(ids: Map<string, number>, key: string, field: number, fields: Fields): number {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = ids.size + 1;
    ids.set(key, id);
    this.#put({ [field]: { 1: id, ...fields } });
    return id;
  }

  #string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const index = this.#strings.size;
    this.#strings.set(text, index);
    return index;
  }

  #put(fields: Fields): void {
    writeFields(this.#out, fields);
  }
}

function add(values: number[], at: number, { sizeBytes }: ExportedLife): void {
  values[at] = (values[at] ?? 0) + 1;
  values[at + 1] = (values[at + 1] ?? 0) + sizeBytes;
}
