import { createConnection, type Socket } from "node:net";
import { JUDGED_SOON, type LiveSnapshot } from "../../core/model/live-snapshot.ts";
import { LiveSnapshots } from "../wire/live-snapshot-lines.ts";
import { WireError } from "../wire/wire-error.ts";
import { liveSockets } from "./live-socket-folder.ts";

/** Programs that start are looked for so often. */
const LOOK_EVERY_MS = 500;

/** Time that those that are there at the first look have to send something: one that is stopped never does. */
const FIRST_WITHIN_MS = 2_000;

export interface LiveHandlers {
  /** `id`: of the program; another one never has it. */
  onSnapshot(id: string, snapshot: LiveSnapshot): void;
  /** It sends no more. `problem`: why it is not listened to any more; null: it ended. */
  onEnd(id: string, problem: string | null): void;
  /** All that were there at the first look have sent a snapshot, or did not in time. */
  onFirst?(): void;
}

/** Listens to all programs of this user that announce themselves in a place, also to those that start later. */
export class LiveReader implements Disposable {
  readonly #place: string;
  readonly #handlers: LiveHandlers;
  readonly #open = new Map<string, Socket>();
  /** Those that cannot be understood, or have ended: they are not listened to again. */
  readonly #over = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  /** Of the first look, those that have sent nothing yet; null: that is over. */
  #first: Set<string> | null = new Set();
  readonly #patience: NodeJS.Timeout;

  constructor(place: string, handlers: LiveHandlers) {
    this.#place = place;
    this.#handlers = handlers;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#look();
    this.#first = new Set(this.#open.keys());
    this.#patience = setTimeout(() => this.#endFirst(), FIRST_WITHIN_MS);
    this.#noteFirst();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#patience);
    for (const socket of this.#open.values()) socket.destroy();
    this.#open.clear();
  }

  #look(): void {
    for (const path of liveSockets(this.#place)) {
      if (!this.#open.has(path) && !this.#over.has(path)) this.#listen(path);
    }
  }

  #listen(path: string): void {
    const socket = createConnection(path);
    const snapshots = new LiveSnapshots();
    this.#open.set(path, socket);
    let problem: string | null = null;
    socket.on("data", (chunk) => {
      try {
        for (const snapshot of snapshots.push(chunk)) this.#tell(path, snapshot);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        problem = error.message;
        socket.destroy();
      }
    });
    // One that has just ended refuses; "close" follows.
    socket.on("error", () => {});
    socket.on("close", () => this.#end(path, problem));
  }

  #tell(path: string, snapshot: LiveSnapshot): void {
    if (!this.#open.has(path)) return;
    this.#handlers.onSnapshot(path, snapshot);
    if (snapshot.causes.reason !== JUDGED_SOON) this.#noteFirst(path);
  }

  #end(path: string, problem: string | null): void {
    if (!this.#open.delete(path)) return;
    this.#over.add(path);
    this.#handlers.onEnd(path, problem);
    this.#noteFirst(path);
  }

  #noteFirst(path?: string): void {
    if (path !== undefined) this.#first?.delete(path);
    if (this.#first?.size === 0) this.#endFirst();
  }

  #endFirst(): void {
    if (this.#first === null) return;
    this.#first = null;
    clearTimeout(this.#patience);
    // Not before whoever made this knows it.
    setImmediate(() => this.#handlers.onFirst?.());
  }
}
