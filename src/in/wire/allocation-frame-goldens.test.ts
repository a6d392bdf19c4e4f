import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { type FrameFields, frame } from "../../../fixtures/allocation-server/build-frames.ts";
import { FrameStream, seenFields } from "../../../fixtures/allocation-server/record-frames.ts";
import { MessageType } from "../../core/model/buffer-message.ts";
import { DIALECTS, type Dialect, isTypeIn, typeBits } from "./allocation-dialects.ts";
import { ALL_DEVICES, encodeDeviceInfo, encodeResponse } from "./allocation-replies.ts";

// One binary file for each message in each dialect, for the tests of every language; index.json says what is in them.
// 64-bit numbers are decimal strings there. UPDATE_GOLDEN=1 rewrites all of it.

const FOLDER = new URL("../../../fixtures/allocation-server/frames/", import.meta.url);
const INDEX = new URL("index.json", FOLDER);

const COUNTERS = {
  device: 1,
  dramBytes: 3n * 2n ** 32n + 12_288n,
  l1Bytes: 65_536n,
  l1SmallBytes: 4_096n,
  traceBytes: 12_503_040n,
  cbBytes: 2_097_152n,
  kernelBytes: 2n ** 64n - 1n,
};

const INFO = {
  dramBytes: 12_884_901_888n,
  l1Bytes: 117_964_800n,
  architecture: 2,
  dramChannels: 12,
  dramBytesPerChannel: 1_073_741_824,
  l1BytesPerCore: 1_499_136,
};

const DEVICE_COUNT = 8;

const BUFFER = { device: 1, size: 5n * 2n ** 32n + 12_288n, pid: 12_345, id: 0xffee_ddcc_3fff_f800n };
const PROGRAM = { device: 7, size: 51_200n, pid: 12_345, id: 0x5_0000_0002n };

/** What clients set in each type; the rest of a frame is zero. */
const REQUESTS: readonly FrameFields[] = [
  { type: MessageType.allocate, ...BUFFER, memoryType: 1, timestamp: 1_760_000_000_000_000_000n },
  { type: MessageType.free, ...BUFFER, size: 0n },
  { type: MessageType.query, device: 1 },
  { type: MessageType.dumpRemaining },
  { type: MessageType.deviceInfoQuery, device: ALL_DEVICES },
  { type: MessageType.cbAllocate, ...BUFFER, id: 3n, timestamp: 1_760_000_000_000_000_001n },
  { type: MessageType.cbFree, ...BUFFER, id: 3n },
  { type: MessageType.kernelLoad, ...PROGRAM, memoryType: 2, timestamp: 1_760_000_000_000_000_002n },
  { type: MessageType.kernelUnload, ...PROGRAM },
  { type: MessageType.dumpKernels },
];

interface Golden {
  readonly file: string;
  readonly dialect: Dialect;
  readonly type: number;
  readonly fields: object;
  readonly bytes: Uint8Array;
}

function golden(dialect: Dialect, type: number, fields: object, bytes: Uint8Array, suffix = ""): Golden {
  const name = Object.entries(MessageType).find(([, number]) => number === type)?.[0] ?? "";
  const kebab = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { file: `${dialect.name}-${kebab}${suffix}.bin`, dialect, type, fields, bytes };
}

function requests(dialect: Dialect): Golden[] {
  const types = typeBits(dialect);
  return REQUESTS.filter(({ type }) => isTypeIn(types, type)).map((all) => {
    const { memoryType = 0, timestamp = 0n, ...fields } = { ...seenFields(all), timestamp: all.timestamp };
    const known = dialect === DIALECTS["helper-32"] ? fields : { ...fields, memoryType, timestamp };
    return golden(dialect, fields.type, known, frame(dialect, known));
  });
}

function replies(dialect: Dialect): Golden[] {
  if (dialect.countersOffset === null) return [];
  const { cbBytes: _cb, kernelBytes: _kernel, ...byType } = COUNTERS;
  const counters = dialect.cbOffset === null ? byType : COUNTERS;
  const response = encodeResponse(dialect, { ...COUNTERS, buffers: 1 });
  const found = [golden(dialect, MessageType.response, counters, response)];
  if (dialect.infoOffset === null) return found;
  const type = MessageType.deviceInfoResponse;
  const info = { device: 1, ...INFO, isAvailable: 1, deviceCount: 0 };
  const count = { device: ALL_DEVICES, isAvailable: 1, deviceCount: DEVICE_COUNT };
  return [
    ...found,
    golden(dialect, type, info, encodeDeviceInfo(dialect, 1, INFO, DEVICE_COUNT)),
    golden(dialect, type, count, encodeDeviceInfo(dialect, ALL_DEVICES, null, DEVICE_COUNT), "-count"),
  ];
}

const GOLDENS = Object.values(DIALECTS).flatMap((dialect) => [...requests(dialect), ...replies(dialect)]);

function indexText(): string {
  const rows = GOLDENS.map(({ file, dialect, type, fields }) => {
    const row = { file, dialect: dialect.name, frameBytes: dialect.frameBytes, type, ...fields };
    return JSON.stringify(row, (_, value) => (typeof value === "bigint" ? String(value) : value));
  });
  return `[\n${rows.join(",\n")}\n]\n`;
}

test("the frames' index is the one their tests are written against", () => {
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(INDEX, indexText());
    for (const { file, bytes } of GOLDENS) writeFileSync(new URL(file, FOLDER), bytes);
  }
  assert.equal(readFileSync(INDEX, "utf8"), indexText());
  const files = GOLDENS.map(({ file }) => file);
  assert.deepEqual(readdirSync(FOLDER).sort(), [...files, "index.json"].sort());
});

for (const { file, bytes } of GOLDENS) {
  test(`${file} is written as its golden file`, () => {
    assert.deepEqual(new Uint8Array(readFileSync(new URL(file, FOLDER))), new Uint8Array(bytes));
  });
}

for (const { file, dialect, fields, type } of Object.values(DIALECTS).flatMap(requests)) {
  test(`${file} is understood, alone and twice`, () => {
    const bytes = readFileSync(new URL(file, FOLDER));
    const expected = seenFields({ type, ...fields });
    const lone = new FrameStream().push(bytes, true);
    assert.deepEqual(lone.recorder.messages, [expected]);
    assert.equal(lone.reader.dialect?.name, dialect.name);
    const twice = new FrameStream().push(Buffer.concat([bytes, bytes]));
    assert.deepEqual(twice.recorder.messages, [expected, expected]);
    assert.deepEqual([twice.reader.dialect?.name, twice.reader.certainty], [dialect.name, "firm"]);
  });
}
