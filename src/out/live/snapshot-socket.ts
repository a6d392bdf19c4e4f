import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";

/** Four times a second is as fast as anyone reads. */
const TELL_EVERY_MS = 250;

/** Who may listen at the same time. */
export const LISTENERS_MAX = 16;

/**
 * Tells whoever connects what is known now, a line of JSON four times a second. Nothing is asked for, and nothing runs, while
 * nobody listens. Who does not read misses snapshots: none is ever kept waiting.
 */
export class SnapshotSocket implements AsyncDisposable {
  readonly #server: Server;
  readonly #listeners = new Set<Socket>();
  readonly #snapshot: () => LiveSnapshot | null;
  #timer: NodeJS.Timeout | null = null;

  /** `snapshot`: what is known now; null: nothing. In a folder that only this user can enter. */
  static async open(path: string, snapshot: () => LiveSnapshot | null): Promise<SnapshotSocket> {
    const socket = new SnapshotSocket(snapshot);
    socket.#server.listen(path);
    await once(socket.#server, "listening");
    chmodSync(path, 0o600);
    socket.#server.unref();
    return socket;
  }

  private constructor(snapshot: () => LiveSnapshot | null) {
    this.#snapshot = snapshot;
    this.#server = createServer((listener) => this.#accept(listener));
    this.#server.maxConnections = LISTENERS_MAX;
    // What keeps others from connecting concerns them alone.
    this.#server.on("error", () => {});
  }

  /** Tells all that listen what is known now. */
  tell(): void {
    const ready = [...this.#listeners].filter(({ writableLength }) => writableLength === 0);
    const snapshot = ready.length === 0 ? null : this.#snapshot();
    if (snapshot === null) return;
    const line = `${JSON.stringify(snapshot)}\n`;
    for (const listener of ready) listener.write(line);
  }

  /** Tells what was known last, and ends. A listener that does not read keeps nobody from ending. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.tell();
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const listener of this.#listeners) listener.unref().end();
    if (!this.#server.listening) return;
    this.#server.close();
  }

  #accept(listener: Socket): void {
    this.#listeners.add(listener);
    listener.unref();
    // What a listener says is not asked for.
    listener.resume();
    listener.on("error", () => {});
    listener.on("close", () => this.#leave(listener));
    this.#timer ??= setInterval(() => this.tell(), TELL_EVERY_MS).unref();
    this.tell();
  }

  #leave(listener: Socket): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
