import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type FrameFields, frame } from "../fixtures/allocation-server/build-frames.ts";
import { MessageType } from "../src/core/model/buffer-message.ts";

/** What tells an ending is in the last line. */
const ENDING_BYTES_MAX = 4_096;

/** A client of the server, and what it was told so far. */
export class Client {
  readonly socket: Socket;
  /** Fulfilled when the connection is over, however that came. */
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);

  /** Waits for room in the server's queue, as a program does that has nothing else to do. */
  static async connect(path: string): Promise<Client> {
    for (;;) {
      const socket = connect(path);
      try {
        await once(socket, "connect");
        return new Client(socket);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      }
    }
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  /** Fulfilled when the kernel has it, or the connection is over. */
  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Takes so many bytes of what comes. */
  receives(byteCount: number): Promise<Buffer> {
    return this.#takes(() => (this.#received.length < byteCount ? null : byteCount));
  }

  /** Takes all that came, once it ends so. A list of megabytes is not searched at each piece of it. */
  async receivesText(ending: RegExp): Promise<string> {
    const taken = await this.#takes(() => {
      const last = this.#received.subarray(-ENDING_BYTES_MAX).toString("latin1");
      return ending.test(last) ? this.#received.length : null;
    });
    return taken.toString();
  }

  close(): void {
    this.socket.destroy();
  }

  async #takes(lengthOf: () => number | null): Promise<Buffer> {
    for (;;) {
      const length = lengthOf();
      if (length !== null) return this.#take(length);
      await Promise.race([once(this.socket, "data"), this.closed]);
      if (this.socket.destroyed && lengthOf() === null) throw new Error(`closed after ${this.#received.length} bytes`);
    }
  }

  #take(byteCount: number): Buffer {
    const taken = this.#received.subarray(0, byteCount);
    this.#received = this.#received.subarray(byteCount);
    return taken;
  }
}

export const FRAME_BYTES = 144;

/** An allocation of 4 KiB of DRAM by this process. */
export function allocation(address: number | bigint, fields: Partial<FrameFields> = {}): Uint8Array {
  const standard = { type: MessageType.allocate, size: 4096n, pid: process.pid, id: BigInt(address) };
  return frame(FRAME_BYTES, { ...standard, ...fields });
}

export function request(type: number, frameBytes = FRAME_BYTES): Uint8Array {
  return frame(frameBytes, { type });
}

export { frame, MessageType };
