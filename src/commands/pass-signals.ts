import type { ChildProcess } from "node:child_process";
import { isatty } from "node:tty";
import { groupOf } from "../in/sources/proc.ts";
import { GroupSignalWitness } from "./group-signal-witness.ts";

/** Node would end us at the last two, or start its debugger: what all of them mean is the command's to say. */
const SIGNALS = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

/** A terminal sends these to its whole foreground group. */
const TERMINAL_SIGNALS: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT"]);

/**
 * Signals of one name within this time are one: `timeout` and its like send one to us, and then to all of our group. It
 * is also how long one that was sent to us alone is held back, until it is known that it was.
 */
export const SAME_SIGNAL_WITHIN_MS = 200;

/**
 * Passes the signals that we get on to a command of our process group, which has had those already that went to the whole
 * group: pytest ends at once when it is interrupted twice. Nobody tells us to whom a signal was sent, so a process of the
 * group that does nothing else is looked at.
 *
 * `command`: null until it has started. Gives what stops the passing.
 */
export function passSignals(command: () => ChildProcess | null): () => void {
  const witness = new GroupSignalWitness();
  const held = new Map<NodeJS.Signals, NodeJS.Timeout>();
  const decide = (name: NodeJS.Signals, atMs: number): void => {
    held.delete(name);
    const child = command();
    if (child !== null && !hasHad(child, name, witness, atMs)) child.kill(name);
  };
  const take = (name: NodeJS.Signals): void => {
    if (held.has(name)) return;
    const atMs = performance.now();
    // What happened before the time is over is heard before the decision, however late the timer is.
    const timer = setTimeout(() => setImmediate(() => decide(name, atMs)), SAME_SIGNAL_WITHIN_MS);
    held.set(name, timer);
  };
  for (const name of SIGNALS) process.on(name, take);
  return () => {
    for (const name of SIGNALS) process.off(name, take);
    for (const timer of held.values()) clearTimeout(timer);
    witness.dismiss();
  };
}

/** Whether the command has had a signal that we got then. */
function hasHad(child: ChildProcess, name: NodeJS.Signals, witness: GroupSignalWitness, atMs: number): boolean {
  if (!witness.isThere) return TERMINAL_SIGNALS.has(name) && (isatty(0) || isatty(1));
  const isInGroup = child.pid !== undefined && groupOf(child.pid) === groupOf("self");
  return isInGroup && witness.hasSeen(name, atMs - SAME_SIGNAL_WITHIN_MS);
}
