import { closeSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { openFile } from "./open-outside-file.ts";
import { bytesOf, type Text } from "./text-bytes.ts";

/** Time that the reader of a pipe has to come, and to take something of what it is sent. */
const READER_WITHIN_MS = 10_000;
const TRY_EVERY_MS = 20;

/**
 * Writes to what is there and no regular file: a pipe, a terminal, /dev/full. Never waits longer for a reader than its
 * limit. Throws the system's error, ENXIO where nobody reads a pipe.
 */
export async function writeStream(path: string, text: Text): Promise<void> {
  const file = await patiently("ENXIO", () =>
    openFile(path, { access: "write", kinds: ["pipe", "device"], links: "own" }),
  );
  try {
    for (const bytes of bytesOf(text)) {
      for (let written = 0; written < bytes.length; ) {
        written += await patiently("EAGAIN", () => writeSync(file, bytes, written));
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Tries again while it fails with this code. */
async function patiently<T>(code: string, work: () => T): Promise<T> {
  const untilMs = performance.now() + READER_WITHIN_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const isWaiting = error instanceof Error && "code" in error && error.code === code;
      if (!isWaiting || performance.now() >= untilMs) throw error;
    }
    await delay(TRY_EVERY_MS);
  }
}
