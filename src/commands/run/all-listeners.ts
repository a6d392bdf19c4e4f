import type { RunEvent } from "../../core/model/event.ts";
import type { LiveListener, SeenSoFar } from "./live-run.ts";

/** Who is told what each of them is. */
export function allOf(listeners: readonly LiveListener[]): LiveListener {
  return {
    note: (event: RunEvent) => {
      for (const listener of listeners) listener.note(event);
    },
    follow: (view: () => SeenSoFar | null) => {
      for (const listener of listeners) listener.follow(view);
    },
    commandEnded: () => {
      for (const listener of listeners) listener.commandEnded();
    },
  };
}
