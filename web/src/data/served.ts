import type { PageData, PageNow } from "../../../src/core/model/page.ts";
import { checked } from "./embedded.ts";

/** What a server says of its page, and how it goes with the server. */
export interface ServedListener {
  readonly onPage: (page: PageData) => void;
  /** null: nothing changes from moment to moment. */
  readonly onNow: (now: PageNow | null) => void;
  readonly onLive: () => void;
  /** A recording is read; percent. */
  readonly onRead: (percent: number) => void;
  /** Nothing is heard of the server. */
  readonly onLost: () => void;
  /** What was shown last stays as it is. */
  readonly onEnded: () => void;
}

/** The server says every two seconds that it is there. */
const SILENCE_MAX_MS = 6_000;
/** Time between two attempts to reach a server that refused. */
const RETRY_EVERY_MS = 2_000;

/** Follows the server that the page came from: its data as often as it says that there is something new. */
export class ServedPage {
  readonly #listener: ServedListener;
  #events: EventSource | null = null;
  #silence = 0;
  #isLoading = false;
  #isStale = false;
  /** How much of a recording was read; null: none is read. */
  #percent: number | null = null;

  constructor(listener: ServedListener) {
    this.#listener = listener;
  }

  open(): void {
    this.#events?.close();
    const events = new EventSource("api/v1/events");
    this.#events = events;
    events.addEventListener("open", () => this.#hear());
    events.addEventListener("alive", () => this.#hear());
    events.addEventListener("read", ({ data }: MessageEvent<string>) => {
      this.#percent = Number(data);
      this.#hear();
    });
    events.addEventListener("now", ({ data }: MessageEvent<string>) => {
      this.#hear();
      this.#listener.onNow(JSON.parse(data));
    });
    events.addEventListener("changed", ({ data }: MessageEvent<string>) => {
      this.#hear();
      void this.#load(data === "last");
    });
    events.addEventListener("error", () => this.#lose());
  }

  #hear(): void {
    if (this.#percent === null) this.#listener.onLive();
    else this.#listener.onRead(this.#percent);
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(), SILENCE_MAX_MS);
  }

  /** A browser tries again by itself where the connection broke, and not where it was refused. */
  #lose(): void {
    clearTimeout(this.#silence);
    this.#listener.onLost();
    const isClosed = this.#events?.readyState === EventSource.CLOSED;
    this.#silence = setTimeout(() => this.open(), isClosed ? RETRY_EVERY_MS : SILENCE_MAX_MS);
  }

  /** One at a time: what changes meanwhile is loaded after it. */
  async #load(isLast: boolean): Promise<void> {
    this.#isStale = true;
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        const response = await fetch("api/v1/page");
        if (!response.ok) throw new Error(await response.text());
        this.#listener.onPage(checked(await response.json()));
      }
      if (isLast) this.#end();
    } catch {
      this.#lose();
    } finally {
      this.#isLoading = false;
    }
  }

  #end(): void {
    clearTimeout(this.#silence);
    this.#events?.close();
    this.#listener.onEnded();
  }
}
