import type { BufferHistory, DoubleFreed, HistoryEvent } from "../../model/server-view.ts";
import { CompatMap, type DeviceAddress } from "./libstdcpp-map.ts";

/** Events remembered of one key. */
const EVENTS_MAX = 50;

interface KeyHistory extends DeviceAddress {
  readonly history: BufferHistory;
}

/** The last events of every key ever seen, also of keys that were only freed; nothing is dropped before the limit. */
export class CompatHistory {
  readonly #keys = new CompatMap<KeyHistory>();
  readonly #eventsMax: number;
  #events = 0;
  #leftOut = 0;

  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax;
  }

  /** Events that are remembered. */
  get events(): number {
    return this.#events;
  }

  /** Events of keys that there was no room to remember. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Adds an event. What `of` gave before does not change. At the limit it takes the place of the key's oldest event. */
  record({ device, address }: DeviceAddress, event: HistoryEvent): void {
    const known = this.of({ device, address });
    const { allocs, frees, events } = known ?? { allocs: 0, frees: 0, events: [] };
    const isFull = this.#events >= this.#eventsMax;
    if (isFull && known === null) {
      this.#leftOut += 1;
      return;
    }
    const isFree = event.kind === "FREE";
    const kept = events.slice(0, isFull ? events.length - 1 : EVENTS_MAX - 1);
    const history = {
      allocs: allocs + (isFree ? 0 : 1),
      frees: frees + (isFree ? 1 : 0),
      events: [event, ...kept],
    };
    this.#events += history.events.length - events.length;
    this.#keys.set({ device, address, history });
  }

  /** Null of a key never seen, or not remembered. */
  of(place: DeviceAddress): BufferHistory | null {
    return this.#keys.get(place)?.history ?? null;
  }

  /** Keys with more frees than allocates, in the order of the earlier server. */
  doubleFreed(): readonly DoubleFreed[] {
    return this.#keys.values().filter(({ history }) => history.frees > history.allocs);
  }
}
