import { UsageError } from "../../core/base/usage-error.ts";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import { LiveReader } from "../../in/sources/live-snapshot-reader.ts";
import { livePlace } from "../../in/sources/live-socket-folder.ts";
import type { Io } from "../io.ts";

const LIVE = /^live(?::(\d{1,10}))?$/;

/** Whether a name is that of what runs now. */
export function isLive(name: string): boolean {
  return LIVE.test(name);
}

/**
 * What a program reports now: the only one that runs, or that with the pid.
 *
 * @throws UsageError where there is none, or several could be meant
 */
export async function liveSnapshot(name: string, io: Io): Promise<LiveSnapshot> {
  const pid = LIVE.exec(name)?.[1];
  const running = await runningNow(io);
  const meant = running.filter(({ source }) => pid === undefined || source.pid === Number(pid));
  const [one, another] = meant;
  if (one === undefined) {
    const others = running.length === 0 ? "" : `; these run: ${namesOf(running)}`;
    throw new UsageError(`${name}: no such tt-memwatch of yours runs now${others}`);
  }
  if (another !== undefined) throw new UsageError(`${name}: several run now, name one: ${namesOf(meant)}`);
  return one;
}

function namesOf(running: readonly LiveSnapshot[]): string {
  return running.map(({ source }) => `live:${source.pid} (${source.command} ${source.title.join(" ")})`).join(", ");
}

async function runningNow(io: Io): Promise<readonly LiveSnapshot[]> {
  const place = livePlace(io.env);
  if (place === null) return [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const told = new Map<string, LiveSnapshot>();
  using _ = new LiveReader(place, {
    onSnapshot: (id, snapshot) => told.set(id, snapshot),
    onEnd: (id) => told.delete(id),
    onFirst: resolve,
  });
  await promise;
  return [...told.values()];
}
