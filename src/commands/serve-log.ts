import { pino } from "pino";
import { build as pretty } from "pino-pretty";
import type { ServerLog } from "./allocation-server.ts";
import type { Io } from "./io.ts";

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A log for people on the standard error: a line each, with its level. */
export function makeLog(level: LogLevel, io: Io): ServerLog {
  const stream = pretty({
    destination: io.stderr,
    colorize: io.stderr.isTTY === true && io.stderr.hasColors({ ...io.env }),
    ignore: "pid,hostname,time",
    sync: true,
    messageFormat: "tt-memwatch: {msg}",
  });
  const log = pino({ level, base: null }, stream);
  return {
    warn: (text) => log.warn(text),
    info: (text) => log.info(text),
    debug: (text) => log.debug(text),
  };
}
