import { constants, crc32, zstdCompressSync } from "node:zlib";
import type { ChunkIndex, MetadataIndex, Statistics } from "@mcap/core";
import { McapChunkBuilder, McapRecordBuilder, Opcode } from "@mcap/core";
import {
  RECORDING_FORMAT,
  RECORDING_PROFILE,
  RECORDING_TOPICS,
  RECORDING_VERSION_KEY,
  type RecordingTopic,
} from "../../core/model/recording.ts";

/** How what is not JSON is encoded. */
const ENCODINGS: Readonly<Partial<Record<RecordingTopic, string>>> = {
  records: "tt-memwatch-columns",
  live: "tt-memwatch-columns",
  messages: "tt-memwatch-columns",
};

const COMPRESSION = "zstd";
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Opcode and length of a record, and what a footer has before its checksum. */
const FOOTER_BYTES = 9 + 8 + 8;

/**
 * Puts messages into chunks of an MCAP file: the records and their encoding are the library's, and what this adds is that a
 * chunk ends when it is told to, which the library's writer has no call for. Bytes go to `write` in their order.
 */
export class ChunkedFile {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #records = new McapRecordBuilder();
  readonly #chunk = new McapChunkBuilder({});
  /** By topic: the id of its channel, once that is in a chunk. */
  readonly #channels = new Map<RecordingTopic, number>();
  readonly #chunkIndexes: ChunkIndex[] = [];
  readonly #metadataIndexes: MetadataIndex[] = [];
  readonly #messageCounts = new Map<number, bigint>();
  #position = 0n;
  #dataCrc = 0;
  #summaryCrc = 0;
  #startTime = 0n;
  #endTime = 0n;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** `library`: who writes it, with its version. */
  begin(library: string): void {
    this.#records.writeMagic();
    this.#records.writeHeader({ profile: RECORDING_PROFILE, library });
    this.#flushData();
    const offset = this.#position;
    const metadata = new Map([[RECORDING_VERSION_KEY, String(RECORDING_FORMAT)]]);
    const length = this.#records.writeMetadata({ name: RECORDING_PROFILE, metadata });
    this.#metadataIndexes.push({ name: RECORDING_PROFILE, offset, length });
    this.#flushData();
  }

  /** Bytes of the chunk so far, before it is compressed. */
  get chunkBytes(): number {
    return this.#chunk.byteLength;
  }

  /** Times are in ns since 1970, and never go back. */
  add(topic: RecordingTopic, data: Uint8Array, sequence: number, timeNs: bigint): void {
    const channelId = this.#channels.get(topic) ?? this.#beginChannel(topic);
    this.#chunk.addMessage({ channelId, sequence, logTime: timeNs, publishTime: timeNs, data });
    if (this.#messageCounts.size === 0) this.#startTime = timeNs;
    this.#endTime = timeNs;
    this.#messageCounts.set(channelId, (this.#messageCounts.get(channelId) ?? 0n) + 1n);
  }

  /** What was added is written. */
  endChunk(): void {
    if (this.#chunk.numMessages === 0) return;
    const { buffer, messageStartTime, messageEndTime } = this.#chunk;
    const records = zstdCompressSync(buffer, LEVEL);
    const chunkStartOffset = this.#position;
    const uncompressedSize = BigInt(buffer.byteLength);
    const chunkLength = this.#records.writeChunk({
      messageStartTime,
      messageEndTime,
      uncompressedSize,
      uncompressedCrc: crc32(buffer),
      compression: COMPRESSION,
      records,
    });
    const messageIndexOffsets = new Map<number, bigint>();
    let messageIndexLength = 0n;
    for (const index of this.#chunk.indices) {
      messageIndexOffsets.set(index.channelId, chunkStartOffset + chunkLength + messageIndexLength);
      messageIndexLength += this.#records.writeMessageIndex(index);
    }
    this.#chunkIndexes.push({
      messageStartTime,
      messageEndTime,
      chunkStartOffset,
      chunkLength,
      messageIndexOffsets,
      messageIndexLength,
      compression: COMPRESSION,
      compressedSize: BigInt(records.byteLength),
      uncompressedSize,
    });
    this.#chunk.reset();
    this.#flushData();
  }

  /** Ends the last chunk and writes the index: nothing may be added after it. */
  end(): void {
    this.endChunk();
    this.#records.writeDataEnd({ dataSectionCrc: this.#dataCrc });
    this.#flush();
    const summaryStart = this.#position;
    const groups = [
      this.#writeGroup(Opcode.CHANNEL, [...this.#channels.keys()], (topic) => this.#writeChannel(topic)),
      this.#writeGroup(Opcode.STATISTICS, [this.#statistics()], (all) => this.#records.writeStatistics(all)),
      this.#writeGroup(Opcode.METADATA_INDEX, this.#metadataIndexes, (one) => this.#records.writeMetadataIndex(one)),
      this.#writeGroup(Opcode.CHUNK_INDEX, this.#chunkIndexes, (one) => this.#records.writeChunkIndex(one)),
    ];
    const summaryOffsetStart = this.#position;
    for (const group of groups) if (group.groupLength > 0n) this.#records.writeSummaryOffset(group);
    this.#flushSummary();
    this.#writeFooter(summaryStart, summaryOffsetStart);
  }

  #beginChannel(topic: RecordingTopic): number {
    const id = RECORDING_TOPICS.indexOf(topic);
    this.#channels.set(topic, id);
    this.#chunk.addChannel(channelOf(topic, id));
    return id;
  }

  #writeChannel(topic: RecordingTopic): bigint {
    return this.#records.writeChannel(channelOf(topic, RECORDING_TOPICS.indexOf(topic)));
  }

  #writeGroup<Entry>(groupOpcode: Opcode, entries: readonly Entry[], write: (entry: Entry) => bigint) {
    const groupStart = this.#position;
    let groupLength = 0n;
    for (const entry of entries) groupLength += write(entry);
    this.#flushSummary();
    return { groupOpcode, groupStart, groupLength };
  }

  #statistics(): Statistics {
    const counts = [...this.#messageCounts.values()];
    return {
      messageCount: counts.reduce((sum, count) => sum + count, 0n),
      schemaCount: 0,
      channelCount: this.#channels.size,
      attachmentCount: 0,
      metadataCount: this.#metadataIndexes.length,
      chunkCount: this.#chunkIndexes.length,
      messageStartTime: this.#startTime,
      messageEndTime: this.#endTime,
      channelMessageCounts: this.#messageCounts,
    };
  }

  /** The summary's checksum covers the footer up to where it stands itself. */
  #writeFooter(summaryStart: bigint, summaryOffsetStart: bigint): void {
    const footer = { summaryStart, summaryOffsetStart, summaryCrc: 0 };
    this.#records.writeFooter(footer);
    const summaryCrc = crc32(this.#records.buffer.subarray(0, FOOTER_BYTES), this.#summaryCrc);
    this.#records.reset();
    this.#records.writeFooter({ ...footer, summaryCrc });
    this.#records.writeMagic();
    this.#flush();
  }

  #flushData(): void {
    this.#dataCrc = crc32(this.#records.buffer, this.#dataCrc);
    this.#flush();
  }

  #flushSummary(): void {
    this.#summaryCrc = crc32(this.#records.buffer, this.#summaryCrc);
    this.#flush();
  }

  /** The builder uses its memory again. */
  #flush(): void {
    const bytes = this.#records.buffer.slice();
    this.#records.reset();
    this.#position += BigInt(bytes.byteLength);
    if (bytes.byteLength > 0) this.#write(bytes);
  }
}

function channelOf(topic: RecordingTopic, id: number) {
  return { id, schemaId: 0, topic, messageEncoding: ENCODINGS[topic] ?? "json", metadata: new Map<string, string>() };
}
