import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createConnection } from "node:net";

/**
 * Finds out when a listening socket has accepted every connection that was made before now.
 *
 * A listener accepts in the order of connecting, so one more connection, our own, marks the place. It says a word that
 * nobody else knows.
 */
export class AcceptedConnections {
  readonly #word = Buffer.from(randomUUID());
  readonly #reached = Promise.withResolvers<void>();

  /** For the accepting side: whether these bytes are the mark. */
  isReachedBy(chunk: Uint8Array): boolean {
    if (!this.#word.equals(chunk)) return false;
    this.#reached.resolve();
    return true;
  }

  /** Connects to the listener at `path` and waits to be accepted, or for the listener to have no room. */
  async reach(path: string): Promise<void> {
    const socket = createConnection(path);
    const closed = once(socket, "close").catch(() => {});
    socket.write(this.#word);
    await Promise.race([this.#reached.promise, closed]);
    socket.destroy();
  }
}
