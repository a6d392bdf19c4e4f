import type { BufferHistory, DoubleFreed, HistoryEvent } from "../../model/server-view.ts";
import { CompatMap, type Placed } from "./map.ts";

/** Events remembered of one key. */
const EVENTS_MAX = 50;

interface KeyHistory extends Placed {
  readonly history: BufferHistory;
}

/** The last events of every key ever seen, also of keys that were only freed. Nothing is ever dropped. */
export class CompatHistory {
  readonly #keys = new CompatMap<KeyHistory>();

  /** Adds an event. What `of` gave before does not change. */
  record({ device, address }: Placed, event: HistoryEvent): void {
    const { allocs, frees, events } = this.of({ device, address }) ?? { allocs: 0, frees: 0, events: [] };
    const isFree = event.kind === "FREE";
    const history = {
      allocs: allocs + (isFree ? 0 : 1),
      frees: frees + (isFree ? 1 : 0),
      events: [event, ...events.slice(0, EVENTS_MAX - 1)],
    };
    this.#keys.set({ device, address, history });
  }

  /** Null of a key never seen. */
  of(place: Placed): BufferHistory | null {
    return this.#keys.get(place)?.history ?? null;
  }

  /** Keys with more frees than allocates, in the order of the earlier server. */
  doubleFreed(): readonly DoubleFreed[] {
    return this.#keys.values().filter(({ history }) => history.frees > history.allocs);
  }
}
