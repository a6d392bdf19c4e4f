import type { LiveProcess, Standstill } from "../../../core/model/live-snapshot.ts";

const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;

/** A test that computes on the device reports nothing for a while; a shorter silence is not worth a word. */
const QUIET_FROM_MS = 30_000;

/** As a clock: "0:12", "2:14", "1:05:00". */
export function clockOf(durationMs: number): string {
  const seconds = Math.floor(durationMs / MS_PER_SECOND);
  const minutes = Math.floor(seconds / SECONDS_PER_MINUTE);
  const hours = Math.floor(minutes / SECONDS_PER_MINUTE);
  const two = (amount: number): string => `${amount % SECONDS_PER_MINUTE}`.padStart(2, "0");
  return hours === 0 ? `${minutes}:${two(seconds)}` : `${hours}:${two(minutes)}:${two(seconds)}`;
}

/** "no news for 40 s", "no news for 2:14". */
export function silenceOf(durationMs: number): string {
  return `no news for ${spanOf(durationMs)}`;
}

function spanOf(durationMs: number): string {
  const seconds = Math.floor(durationMs / MS_PER_SECOND);
  return seconds < SECONDS_PER_MINUTE ? `${seconds} s` : clockOf(durationMs);
}

/** What may be wrong with a process that goes on, as far as it is seen; empty: nothing. */
export function troubleOf({ state, standstill, running }: LiveProcess): string {
  if (state !== "running") return "";
  if (standstill !== null) return standstillOf(standstill);
  const quietMs = running?.quietMs ?? 0;
  return quietMs < QUIET_FROM_MS ? "" : silenceOf(quietMs);
}

function standstillOf({ kind, forMs }: Standstill): string {
  switch (kind) {
    case "stopped":
      return "stopped";
    case "traced":
      return "held by a debugger";
    case "uninterruptible":
      return `in the kernel for ${spanOf(forMs)}`;
  }
}
