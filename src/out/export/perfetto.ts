import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type ExportedLife,
  type ExportedMemory,
  type ExportedRun,
  type ExportedTest,
  type ExportFormat,
  type ExportWriter,
  memoryName,
} from "../../core/model/exported-recording.ts";
import { layOutLives } from "./lay-out-lives.ts";
import { type Fields, writeFields } from "./protobuf.ts";

/**
 * A Perfetto trace (perfetto.dev, protos/perfetto/trace/trace_packet.proto and track_event.proto; the numbers below are those of their
 * fields): of each process a track with its tests and their phases, and of each of its memories a counter with the bytes in use after each
 * birth and death. Where there are few buffers, each has a slice from its birth to its death.
 */
export const PERFETTO: ExportFormat = { shows: "course", open: (run, write) => new PerfettoWriter(run, write) };

/** Buffers up to which each has a slice: they are kept until the end, and a screen has no room for more. */
export const SLICES_MAX = 50_000;

/** Bytes that are put together before they are written. */
const WRITTEN_BYTES = 1 << 18;
/** More than any packet of a counter has. */
const PACKET_BYTES = 40;

const NS_PER_MS = 1_000_000n;
const ONE_SEQUENCE = 1;

const TRACE_PACKET = 1;
const Packet = { clockSnapshot: 6, timestamp: 8, sequence: 10, trackEvent: 11, sequenceFlags: 13, trackDescriptor: 60 };
/** SEQ_INCREMENTAL_STATE_CLEARED: readers may begin here. */
const SEQUENCE_BEGINS = 1;
const Event = { annotations: 4, type: 9, track: 11, name: 23, counterValue: 30 };
const Type = { sliceBegin: 1, sliceEnd: 2, counter: 4 };
const Track = { uuid: 1, name: 2, process: 3, parent: 5, counter: 8, merge: 15, mergeKey: 16 };
const MERGE_BY_KEY = 3;
const UNIT_SIZE_BYTES = 3;
const Clock = { realtime: 1, monotonic: 3, boottime: 6 };
const Annotation = { integer: 4, text: 6, name: 10 };

/** Kinds of tracks: a track's uuid is made of its kind and its number. */
const KINDS = { process: 1, tests: 2, counter: 3, lives: 4 } as const;
const UUID_OF_KIND = 2 ** 40;
const uuidOf = (kind: keyof typeof KINDS, number: number): number => KINDS[kind] * UUID_OF_KIND + number;

/** Tracks of buffers that live at the same time, of one memory: more than can be live. */
const TRACKS_OF_MEMORY = 2 ** 20;

class PerfettoWriter implements ExportWriter {
  readonly #run: ExportedRun;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #hasSlices: boolean;
  readonly #lives: ExportedLife[] = [];
  #out = new BinaryWriter();
  #bytes = 0;

  constructor(run: ExportedRun, write: (bytes: Uint8Array) => void) {
    this.#run = run;
    this.#write = write;
    this.#hasSlices = run.lives <= SLICES_MAX;
    this.#begin();
  }

  /** As `#packet` would write it, without what that costs: there are millions of them. */
  changed(memory: ExportedMemory, atNs: number, bytes: number): void {
    const out = this.#out.tag(TRACE_PACKET, WireType.LengthDelimited).fork();
    out.tag(Packet.timestamp, WireType.Varint).uint64(atNs);
    out.tag(Packet.sequence, WireType.Varint).uint32(ONE_SEQUENCE);
    out.tag(Packet.trackEvent, WireType.LengthDelimited).fork();
    out.tag(Event.type, WireType.Varint).uint32(Type.counter);
    out.tag(Event.track, WireType.Varint).uint64(uuidOf("counter", memory.index));
    out.tag(Event.counterValue, WireType.Varint).int64(bytes);
    out.join().join();
    this.#flushAfter(PACKET_BYTES);
  }

  lived(life: ExportedLife): void {
    if (this.#hasSlices) this.#lives.push(life);
  }

  end(): void {
    for (const test of this.#run.tests) this.#addTest(test);
    this.#addLives();
    this.#flushAfter(WRITTEN_BYTES);
  }

  #begin(): void {
    const { beginNs, startedAt, processes, memories, tests } = this.#run;
    const realtime = BigInt(Date.parse(startedAt)) * NS_PER_MS;
    // Times are of CLOCK_MONOTONIC; a trace's own clock is BOOTTIME unless it says otherwise.
    const clocks = [
      { 1: Clock.boottime, 2: beginNs },
      { 1: Clock.monotonic, 2: beginNs },
      { 1: Clock.realtime, 2: realtime },
    ];
    this.#packet({
      [Packet.timestamp]: beginNs,
      [Packet.clockSnapshot]: { 1: clocks },
      [Packet.sequenceFlags]: SEQUENCE_BEGINS,
    });
    for (const { pid, name } of processes) {
      this.#track({ [Track.uuid]: uuidOf("process", pid), [Track.process]: { 1: pid, 6: name } });
    }
    for (const pid of new Set(tests.map((test) => test.pid))) this.#child("tests", pid, pid, { [Track.name]: "tests" });
    for (const memory of memories) {
      this.#child("counter", memory.index, memory.pid, {
        [Track.name]: memoryName(memory),
        [Track.counter]: { 3: UNIT_SIZE_BYTES },
      });
    }
  }

  #addTest({ test, attempt, repeat, pid, beginNs, endNs, outcome, phases }: ExportedTest): void {
    const track = uuidOf("tests", pid);
    const facts = { attempt, ...(repeat === 0 ? {} : { repeat }), outcome: outcome ?? "did not end" };
    this.#slice(track, beginNs, test, facts);
    for (const [index, { phase, beginNs: from }] of phases.entries()) {
      this.#slice(track, from, phase, {});
      const until = phases[index + 1]?.beginNs ?? endNs;
      if (until !== null) this.#sliceEnd(track, until);
    }
    if (endNs !== null) this.#sliceEnd(track, endNs);
  }

  /** Of each memory as many tracks as buffers were live at once; the page shows them as one. */
  #addLives(): void {
    for (const [memory, rows] of layOutLives(this.#lives)) {
      const name = `buffers in ${memoryName(memory)}`;
      for (const [row, lives] of rows.entries()) {
        const number = memory.index * TRACKS_OF_MEMORY + row;
        const merge = { [Track.merge]: MERGE_BY_KEY, [Track.mergeKey]: name };
        this.#child("lives", number, memory.pid, { [Track.name]: name, ...merge });
        for (const life of lives) this.#addLife(uuidOf("lives", number), life);
      }
    }
  }

  #addLife(track: number, life: ExportedLife): void {
    const { origin, sizeBytes, address, test, freedIn, bornNs, diedNs } = life;
    const line = origin.stack[0];
    const where = line === undefined ? null : `${line.file}:${line.line} in ${line.function}`;
    const names = { test: test?.test, line: where, stack: stackText(life), freed_in: freedIn?.test };
    const facts = { bytes: sizeBytes, address: `0x${address.toString(16)}`, ...names };
    this.#slice(track, bornNs, origin.operation ?? where ?? "a buffer", facts);
    if (diedNs !== null) this.#sliceEnd(track, diedNs);
  }

  /** What is not known is left out. */
  #slice(track: number, atNs: number, name: string, facts: Record<string, string | number | null | undefined>): void {
    const annotations = Object.entries(facts).flatMap(([key, value]) => {
      if (value === null || value === undefined) return [];
      return [{ [Annotation.name]: key, [typeof value === "number" ? Annotation.integer : Annotation.text]: value }];
    });
    this.#event(atNs, {
      [Event.type]: Type.sliceBegin,
      [Event.track]: track,
      [Event.name]: name,
      [Event.annotations]: annotations,
    });
  }

  #sliceEnd(track: number, atNs: number): void {
    this.#event(atNs, { [Event.type]: Type.sliceEnd, [Event.track]: track });
  }

  #event(atNs: number, fields: Fields): void {
    this.#packet({ [Packet.timestamp]: Math.round(atNs), [Packet.trackEvent]: fields });
  }

  #child(kind: keyof typeof KINDS, number: number, pid: number, fields: Fields): void {
    this.#track({ [Track.uuid]: uuidOf(kind, number), [Track.parent]: uuidOf("process", pid), ...fields });
  }

  #track(fields: Fields): void {
    this.#packet({ [Packet.trackDescriptor]: fields });
  }

  #packet(fields: Fields): void {
    const packet = new BinaryWriter();
    writeFields(packet, { ...fields, [Packet.sequence]: ONE_SEQUENCE });
    const bytes = packet.finish();
    this.#out.tag(TRACE_PACKET, WireType.LengthDelimited).bytes(bytes);
    this.#flushAfter(bytes.length);
  }

  #flushAfter(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < WRITTEN_BYTES) return;
    this.#write(this.#out.finish());
    this.#out = new BinaryWriter();
    this.#bytes = 0;
  }
}

/** Innermost first, a line each. */
function stackText({ origin }: ExportedLife): string | null {
  const lines = origin.stack.map(({ file, line, function: name }) => `${file}:${line} ${name}`);
  return lines.length === 0 ? null : lines.join("\n");
}
