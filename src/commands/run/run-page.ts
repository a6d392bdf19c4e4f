import { UsageError } from "../../core/base/usage-error.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type { PageSource } from "../../out/page-server/page-app.ts";
import type { Io } from "../io.ts";
import type { LiveListener, LiveView } from "./live-run.ts";

/**
 * Serves a page, and says where.
 *
 * @throws UsageError where the port cannot be had
 */
export async function servePage(command: string, source: PageSource, port: number, io: Io): Promise<AsyncDisposable> {
  const { PageServer } = await import("../../out/page-server/page-server.ts");
  try {
    const server = await PageServer.open(source, port);
    io.stderr.write(`tt-memwatch: the page is at ${server.address}\n`);
    return server;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    const reason = error.code === "EADDRINUSE" ? "another program has it" : error.message;
    throw new UsageError(
      `${command}: --ui cannot have port ${port}: ${reason}; leave the number out for one that is free`,
    );
  }
}

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

/** Who is told what each of them is. */
export function allOf(listeners: readonly LiveListener[]): LiveListener {
  return {
    note: (event: RunEvent) => {
      for (const listener of listeners) listener.note(event);
    },
    follow: (view: () => LiveView | null) => {
      for (const listener of listeners) listener.follow(view);
    },
    commandEnded: () => {
      for (const listener of listeners) listener.commandEnded();
    },
  };
}
