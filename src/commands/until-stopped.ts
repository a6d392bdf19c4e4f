import type { Io } from "./io.ts";

/** Until the user wants no page any more: nothing else is left to do. */
export async function untilStopped(io: Io): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  io.stderr.write("tt-memwatch: the page stays until you press Ctrl-C\n");
  // The server itself keeps nobody from ending.
  const alive = setInterval(() => {}, 2 ** 30);
  for (const signal of SIGNALS) process.on(signal, resolve);
  await promise;
  for (const signal of SIGNALS) process.off(signal, resolve);
  clearInterval(alive);
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
