import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import { livePlace, makeLiveFolder } from "../../in/sources/live-socket-folder.ts";
import { SnapshotSocket } from "../../out/live/snapshot-socket.ts";
import type { Io } from "../io.ts";

/**
 * Announces this program to `tt-memwatch top` until it is disposed of. That it cannot, or a fault in `snapshot`, costs what top
 * shows of it and nothing else.
 */
export async function announce(io: Io, snapshot: () => LiveSnapshot): Promise<AsyncDisposable> {
  const place = livePlace(io.env);
  if (place === null) return NOBODY;
  let isFaulty = false;
  const guarded = (): LiveSnapshot | null => {
    if (isFaulty) return null;
    const told = io.faults.guard("sending snapshots to tt-memwatch top", snapshot);
    isFaulty = told === null;
    return told;
  };
  try {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(makeLiveFolder(place));
    opened.use(await SnapshotSocket.open(folder.socket, guarded));
    return opened.move();
  } catch {
    return NOBODY;
  }
}

const NOBODY: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };
