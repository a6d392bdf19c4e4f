import { once } from "node:events";
import { statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { LineFraming } from "../wire/line-framing.ts";
import { encodeRequest, type SentRequest, ServerAnswer } from "../wire/server-requests.ts";
import { WireError } from "../wire/wire-error.ts";

/** Time that a server has for its first answer, because it reads what others sent before, and for each one after it. */
const ANSWER_WITHIN_MS = 10_000;
/** Time that it has for all of an answer: millions of buffers take seconds, and one that never ends must not. */
const ALL_WITHIN_MS = 600_000;
/** Longest line of an answer, the newline included. */
const ANSWER_BYTES_MAX = 16_777_216;
/** Time between tries to reach a server that is being started. */
const RETRY_EVERY_MS = 50;

/**
 * Asks a server and yields its answers, the last one `end`.
 *
 * @param waitMs time to wait for a server that is not there yet
 * @throws UsageError that says what to do if no server answers, or it refuses
 */
export async function* askServer(
  path: string,
  request: SentRequest,
  waitMs = 0,
): AsyncGenerator<ServerAnswer, void, void> {
  const socket = await reach(path, performance.now() + waitMs);
  try {
    for await (const answer of answersOf(socket, path, request)) {
      if (answer.kind === "error") throw new UsageError(answer.message);
      yield answer;
      if (answer.kind === "end") return;
    }
    throw new UsageError(`the server on ${path} closed the connection before its answer ended`);
  } finally {
    socket.destroy();
  }
}

async function reach(path: string, untilMs: number): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, "connect");
      return socket;
    } catch (error) {
      socket.destroy();
      if (performance.now() >= untilMs) throw new UsageError(unreachable(path, error));
      await delay(RETRY_EVERY_MS);
    }
  }
}

function unreachable(path: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOENT") return `no server on ${path}: start one with \`tt-memwatch serve\`, or name its --socket`;
  if (code === "ECONNREFUSED" && !isSocket(path)) {
    return `${path} is not a socket: name the server's with --socket`;
  }
  if (code === "ECONNREFUSED")
    return `${path} is left over from a server that ended: start one with \`tt-memwatch serve\``;
  if (code === "EACCES") return `no permission for ${path}: ask its owner to start it with --group or --mode`;
  return `cannot reach a server on ${path}: ${error instanceof Error ? error.message : error}: name another --socket`;
}

/** Linux refuses to connect to a directory or a file as it does where nobody listens. */
function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

async function* answersOf(
  socket: Socket,
  path: string,
  request: SentRequest,
): AsyncGenerator<ServerAnswer, void, void> {
  const framing = new LineFraming(ANSWER_BYTES_MAX);
  const timers = [ANSWER_WITHIN_MS, ALL_WITHIN_MS].map((ms) => setTimeout(() => socket.destroy(silent(path)), ms));
  try {
    socket.write(encodeRequest(request));
    for await (const chunk of socket) {
      for (const { bytes } of framing.push(chunk)) {
        timers[0]?.refresh();
        yield ServerAnswer.parse(JSON.parse(Buffer.from(bytes).toString()));
      }
    }
  } catch (error) {
    throw explained(path, error);
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** Whatever listens there may answer anything, or leave: that is not a fault of ours. */
function explained(path: string, error: unknown): unknown {
  if (error instanceof UsageError) return error;
  const isConnection = error instanceof Error && "code" in error && "syscall" in error;
  if (isConnection) return new UsageError(`the server on ${path} ended in the middle of its answer: ${error.message}`);
  const isNoAnswer =
    error instanceof WireError ||
    error instanceof SyntaxError ||
    error instanceof RangeError ||
    error instanceof z.core.$ZodError;
  if (!isNoAnswer) return error;
  return new UsageError(
    `what listens on ${path} does not speak this protocol: name another --socket, or start a server of this version`,
  );
}

function silent(path: string): UsageError {
  return new UsageError(
    `what listens on ${path} does not answer: the earlier allocation server? It prints its dumps itself`,
  );
}
