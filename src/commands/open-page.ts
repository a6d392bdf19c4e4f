import { UsageError } from "../core/base/usage-error.ts";
import type { LiveSnapshot } from "../core/model/live-snapshot.ts";
import type { PageSource } from "../out/page-server/page-app.ts";
import { pageNow } from "../out/report/html/page-now.ts";
import type { Io } from "./io.ts";

/**
 * Serves a page, and says where.
 *
 * @throws UsageError where the port cannot be had
 */
export async function openPage(
  command: string,
  source: PageSource,
  snapshot: () => LiveSnapshot,
  port: number,
  io: Io,
): Promise<AsyncDisposable> {
  const { PageServer } = await import("../out/page-server/page-server.ts");
  const { LiveSnapshotSchema } = await import("../in/wire/live-snapshot-lines.ts");
  try {
    const now = () => pageNow(snapshot());
    const server = await PageServer.open(source, { schema: LiveSnapshotSchema, take: snapshot, now }, port);
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
