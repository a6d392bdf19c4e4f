import { readSync } from "node:fs";
import { crc32, zstdDecompressSync } from "node:zlib";
import {
  hasMcapPrefix,
  MCAP_MAGIC,
  McapStreamReader,
  Opcode,
  type TypedMcapRecord,
  type TypedMcapRecords,
} from "@mcap/core";
import { printable } from "../../core/base/printable.ts";
import { RecordingError } from "./recording-error.ts";

/** Largest record that is read, compressed as it is: a recording's chunks have one or two MB. */
export const RECORD_BYTES_MAX = 268_435_456;

/** Largest chunk that is read, before it was compressed: what says that it is larger is a bomb, or damaged. */
export const CHUNK_BYTES_MAX = 268_435_456;

/** Of chunks. */
const COMPRESSION = "zstd";

/** Opcode and length. */
const RECORD_HEADER_BYTES = 9;

/** Of a footer's record, what the checksum of the summary covers. */
const FOOTER_COVERED_BYTES = RECORD_HEADER_BYTES + 8 + 8;

/** Of a message that others wrote, in what is said of the file. */
const REASON_CHARACTERS_MAX = 200;

/**
 * The records of an MCAP file one after the other, from its beginning: also where it has no end and no index, as when what wrote
 * it was killed. Ends at the first record that is cut or damaged, and has then its `problem`.
 */
export class McapFile {
  readonly #file: number;
  readonly #size: number;
  /** Chunks are checked here: zlib does it in a tenth of the time that the library takes. */
  readonly #reader = new McapStreamReader({
    includeChunks: true,
    validateCrcs: false,
    decompressHandlers: { zstd: (bytes, sizeBytes) => this.#decompress(bytes, sizeBytes) },
  });
  #position = 0;
  /** Of the section that is read, up to here. */
  #crc = 0;
  #chunks = 0;
  /** Of the chunk whose contents follow; 0: whoever wrote it left it out. */
  #chunkCrc = 0;
  #problem: string | null = null;

  /** The descriptor stays the caller's. */
  constructor(file: number, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** What keeps the rest from being read, or is wrong with it; null: it was read to its proper end. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Bytes that were read and are right. */
  get position(): number {
    return this.#position;
  }

  get chunks(): number {
    return this.#chunks;
  }

  /** Throws RecordingError for what does not begin as such a file. */
  *records(): Generator<TypedMcapRecord> {
    const magic = this.#read(MCAP_MAGIC.length);
    if (magic === null || !hasMcapPrefix(viewOf(magic))) {
      throw new RecordingError("it is not a recording, as tt-memwatch run --record FILE makes it");
    }
    this.#take(magic);
    for (;;) {
      try {
        const record = this.#nextRecord();
        if (record === null) return;
        yield* this.#parse(record);
        if (record[0] === Opcode.FOOTER) return;
      } catch (error) {
        if (error instanceof RecordingError) throw error;
        this.#problem = reasonOf(error);
        return;
      }
    }
  }

  /** The whole record at this place; null where it is not whole. */
  #nextRecord(): Buffer | null {
    const header = this.#read(RECORD_HEADER_BYTES);
    const length = header === null ? 0n : header.readBigUInt64LE(1);
    if (header?.[0] === 0) {
      this.#problem = "it is damaged: a record has the opcode 0";
      return null;
    }
    if (length > RECORD_BYTES_MAX) {
      this.#problem = `it has a record of ${length} bytes; wanted ${RECORD_BYTES_MAX} at most`;
      return null;
    }
    const trailer = header?.[0] === Opcode.FOOTER ? MCAP_MAGIC.length : 0;
    const record = header === null ? null : this.#read(RECORD_HEADER_BYTES + Number(length) + trailer);
    if (record === null) this.#problem = `it was cut: it has ${this.#size} bytes, and no end`;
    return record;
  }

  *#parse(record: Buffer): Generator<TypedMcapRecord> {
    this.#reader.append(record);
    for (let parsed = this.#reader.nextRecord(); parsed !== undefined; parsed = this.#reader.nextRecord()) {
      if (parsed.type === "Chunk") this.#expect(parsed);
      if (parsed.type === "DataEnd") this.#check(parsed.dataSectionCrc, "its data");
      if (parsed.type === "Footer") this.#checkFooter(record, parsed.summaryCrc);
      yield parsed;
    }
    if (record[0] === Opcode.CHUNK) this.#chunks += 1;
    this.#position += record.length;
    // The summary's checksum begins after what ends the data.
    this.#crc = record[0] === Opcode.DATA_END ? 0 : crc32(record, this.#crc);
  }

  /** Its contents follow. */
  #expect({ compression, uncompressedCrc }: TypedMcapRecords["Chunk"]): void {
    if (compression !== COMPRESSION) throw new Error(`a chunk in "${compression}"; wanted ${COMPRESSION}`);
    this.#chunkCrc = uncompressedCrc;
  }

  #decompress(bytes: Uint8Array, sizeBytes: bigint): Uint8Array {
    const chunk = decompressChunk(bytes, sizeBytes);
    if (this.#chunkCrc !== 0 && crc32(chunk) !== this.#chunkCrc) throw new Error("the checksum of a chunk is wrong");
    return chunk;
  }

  #checkFooter(record: Buffer, summaryCrc: number): void {
    this.#crc = crc32(record.subarray(0, FOOTER_COVERED_BYTES), this.#crc);
    this.#check(summaryCrc, "its index");
    const rest = this.#size - this.#position - record.length;
    if (rest > 0) this.#problem ??= `${rest} bytes follow its end`;
  }

  /** 0: whoever wrote it left it out. What is damaged outside of chunks costs nothing that is read. */
  #check(crc: number, what: string): void {
    if (crc !== 0 && crc !== this.#crc) this.#problem ??= `the checksum of ${what} is wrong: something was changed`;
  }

  #take(bytes: Buffer): void {
    this.#reader.append(bytes);
    this.#position += bytes.length;
    this.#crc = crc32(bytes, this.#crc);
  }

  /** So many bytes from here; null where there are fewer. */
  #read(count: number): Buffer | null {
    if (this.#position + count > this.#size) return null;
    const bytes = Buffer.alloc(count);
    for (let read = 0; read < count; ) {
      const more = readSync(this.#file, bytes, read, count - read, this.#position + read);
      if (more === 0) return null;
      read += more;
    }
    return bytes;
  }
}

/** Throws for a chunk that is, or becomes, larger than is read. */
export function decompressChunk(bytes: Uint8Array, size: bigint): Uint8Array {
  if (size > CHUNK_BYTES_MAX) throw new Error(`a chunk of ${size} bytes; wanted ${CHUNK_BYTES_MAX} at most`);
  const chunk = zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, Number(size)) });
  if (BigInt(chunk.byteLength) !== size) throw new Error(`a chunk has ${chunk.byteLength} bytes and says ${size}`);
  return chunk;
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `it is damaged: ${printable(text.slice(0, REASON_CHARACTERS_MAX))}`;
}
