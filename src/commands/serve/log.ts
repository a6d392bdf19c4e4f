import { pino } from "pino";
import { prettyFactory } from "pino-pretty";
import type { Io } from "../io.ts";
import type { ServerLog } from "./allocation-server.ts";

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A log for people: a line each, with its level. `io` says whether they can see colours. */
export function makeLog(level: LogLevel, io: Io, write: (line: string) => void): ServerLog {
  const lineOf = prettyFactory({
    colorize: io.stderr.isTTY === true && io.stderr.hasColors({ ...io.env }),
    ignore: "pid,hostname,time",
    messageFormat: "tt-memwatch: {msg}",
  });
  const log = pino({ level, base: null }, { write: (entry: string) => write(lineOf(entry)) });
  return {
    warn: (text) => log.warn(text),
    info: (text) => log.info(text),
    debug: (text) => log.debug(text),
  };
}
