import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { CompatBooks } from "../../core/ledger/compat/books.ts";
import { COMPAT_RULES } from "../../core/ledger/compat/rules.ts";
import { BufferMessage, MessageType } from "../../core/model/buffer-message.ts";
import { EARLIER_VERSIONS, type EarlierVersion } from "../../core/model/earlier-version.ts";
import type { EndedProcess } from "../../core/model/server-view.ts";
import { LISTED_BUFFERS_MAX } from "../../core/model/server-view.ts";
import { FLAVOURS } from "../../out/server-text/flavour-table.ts";

/**
 * Streams of client frames with what the earlier allocation server printed and answered. The frames name four processes
 * that live until a step kills them; pids above those were never alive.
 */
const RECORDED = new URL("../../../fixtures/allocation-server/recorded/", import.meta.url);
const VERSIONS = EARLIER_VERSIONS;
const LIVE_PIDS = [1_500_000_001, 1_500_000_002, 1_500_000_003, 1_500_000_004];
const SOCKET_PATH = "/tmp/tt_allocation_server.sock";
const HAS_PROGRAM_COUNTERS = 144;

interface Step {
  readonly send?: readonly [number, number];
  readonly kill?: number;
}

interface Recorded {
  readonly frame: number;
  readonly steps: readonly Step[];
  readonly stdout_sections: Readonly<Record<"start" | "events" | "stop", readonly [number, number]>>;
}

interface Played {
  readonly start: string;
  readonly events: string;
  readonly stop: string;
  readonly err: string;
  readonly replies: Buffer;
}

/** One server in process: books and text of one version. Its clock stands still, as no recording took a second. */
class Player {
  readonly #books: CompatBooks;
  readonly #flavour;
  readonly #alive = new Set([0, -1, 1, ...LIVE_PIDS]);
  readonly #message = new BufferMessage();
  readonly #replies: Buffer[] = [];
  #out = "";
  #err = "";

  constructor(version: EarlierVersion) {
    this.#books = new CompatBooks(COMPAT_RULES[version]);
    this.#flavour = FLAVOURS[version];
  }

  play({ frame, steps }: Recorded, stream: Buffer): Played {
    for (const { send: [from, to] = [0, 0], kill } of steps) {
      if (kill !== undefined) this.#alive.delete(kill);
      for (let at = from; at < to; at += frame) this.#receive(stream.subarray(at, at + frame));
    }
    const doubleFreed = this.#books.remaining(LISTED_BUFFERS_MAX).doubleFreed;
    return {
      start: this.#flavour.start(SOCKET_PATH),
      events: this.#out,
      stop: this.#flavour.stop(this.#books.statistics(), doubleFreed),
      err: this.#err,
      replies: Buffer.concat(this.#replies),
    };
  }

  #receive(frame: Buffer): void {
    const message = decode(frame, this.#message);
    if (!this.#flavour.messageTypes.has(message.type)) {
      this.#err += this.#flavour.unknownType(message.type);
      return;
    }
    switch (message.type) {
      case MessageType.query:
        this.#replies.push(this.#queryReply(frame));
        return;
      case MessageType.deviceInfoQuery:
        this.#replies.push(emptyReply(frame, MessageType.deviceInfoResponse));
        return;
      case MessageType.dumpRemaining: {
        const dead = this.#sweep();
        this.#out += this.#flavour.remaining(this.#books.remaining(LISTED_BUFFERS_MAX), dead);
        return;
      }
      case MessageType.dumpKernels:
        this.#out += this.#flavour.kernels(this.#books.kernels(0));
        return;
      default: {
        this.#books.apply(message, message.pid, 0);
        const { out, err } = this.#flavour.event(this.#books.lastEvent());
        this.#out += out;
        this.#err += err;
      }
    }
  }

  #sweep(): readonly EndedProcess[] {
    const dead = this.#books.owners().filter((pid) => !this.#alive.has(pid));
    return dead.map((pid) => this.#books.removeOwner(pid));
  }

  #queryReply(frame: Buffer): Buffer {
    const reply = emptyReply(frame, MessageType.response);
    const counters = this.#books.counters(frame.readInt32LE(4));
    reply.writeBigUInt64LE(counters.dramBytes, 40);
    reply.writeBigUInt64LE(counters.l1Bytes, 48);
    reply.writeBigUInt64LE(counters.l1SmallBytes, 56);
    reply.writeBigUInt64LE(counters.traceBytes, 64);
    if (frame.length < HAS_PROGRAM_COUNTERS) return reply;
    reply.writeBigUInt64LE(counters.cbBytes, 72);
    reply.writeBigUInt64LE(counters.kernelBytes, 80);
    return reply;
  }
}

function decode(frame: Buffer, message: BufferMessage): BufferMessage {
  message.type = frame.readUInt8(0);
  message.device = frame.readInt32LE(4);
  message.sizeLow = frame.readInt32LE(8);
  message.sizeHigh = frame.readInt32LE(12);
  message.memoryType = frame.readUInt8(16);
  message.pid = frame.readInt32LE(20);
  message.idLow = frame.readInt32LE(24);
  message.idHigh = frame.readInt32LE(28);
  return message;
}

/** Zeros but for the type and the device asked for. */
function emptyReply(frame: Buffer, type: number): Buffer {
  const reply = Buffer.alloc(frame.length);
  reply.writeUInt8(type, 0);
  frame.copy(reply, 4, 4, 8);
  return reply;
}

function read(version: string, file: string): Buffer {
  return readFileSync(new URL(`${version}/${file}`, RECORDED));
}

for (const version of VERSIONS) {
  describe(`books and text as the earlier server's, ${version}`, () => {
    const names = readdirSync(new URL(version, RECORDED)).flatMap((file) => /^(.*)\.json$/.exec(file)?.[1] ?? []);
    for (const name of names.toSorted()) {
      it(`prints and answers ${name} as recorded`, () => {
        const recorded: Recorded = JSON.parse(read(version, `${name}.json`).toString());
        const played = new Player(version).play(recorded, read(version, `${name}.stream.bin`));
        const stdout = read(version, `${name}.stdout.txt`);
        for (const section of ["start", "events", "stop"] as const) {
          const wanted = stdout.subarray(...recorded.stdout_sections[section]).toString();
          assert.equal(played[section], wanted, section);
        }
        assert.equal(played.err, read(version, `${name}.stderr.txt`).toString());
        assert.deepEqual(played.replies, read(version, `${name}.replies.bin`));
      });
    }
  });
}
