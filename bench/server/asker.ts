import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What comes as the last line of an answer; every line is JSON that begins with its kind. */
const LAST_LINE = /^\{"kind":"(end|error)".*\}\n$/;
const READ_BYTES = 1_048_576;

export interface Answer {
  readonly tookMs: number;
  readonly bytes: number;
}

/** Asks a server in text, and reads the answers without looking into them. */
export class Asker implements Disposable {
  readonly #socket: Socket;
  readonly #buffer = Buffer.alloc(READ_BYTES);
  #bytes = 0;
  #last = "";
  #answered: (() => void) | null = null;

  static async open({ socketPath }: { readonly socketPath: string }): Promise<Asker> {
    const asker = new Asker(socketPath);
    await once(asker.#socket, "connect");
    return asker;
  }

  private constructor(socketPath: string) {
    const callback = (count: number): boolean => this.#read(count);
    this.#socket = connect({ path: socketPath, onread: { buffer: this.#buffer, callback } });
  }

  /** Asks for one thing and reads the answer to its end. */
  async ask(request: object): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#answered = resolve;
    this.#bytes = 0;
    this.#last = "";
    const begunMs = performance.now();
    this.#socket.write(`memwatch ${JSON.stringify(request)}\n`);
    await promise;
    return { tookMs: performance.now() - begunMs, bytes: this.#bytes };
  }

  /** Keeps the last line, which may come in pieces. */
  #read(count: number): boolean {
    this.#bytes += count;
    const newline = this.#buffer.subarray(0, count - 1).lastIndexOf("\n");
    const tail = this.#buffer.toString("latin1", newline + 1, count);
    this.#last = newline < 0 && !this.#last.endsWith("\n") ? this.#last + tail : tail;
    const [, kind] = LAST_LINE.exec(this.#last) ?? [];
    if (kind === "error") throw new Error(`the server answered ${this.#last}`);
    if (kind === "end") this.#answered?.();
    return true;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
