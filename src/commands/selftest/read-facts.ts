import { z } from "zod";
import { readTextFile } from "../../files/open-outside-file.ts";

/** Larger files are not files of ours. */
const FACTS_BYTES_MAX = 65_536;

const perType = z.record(z.string(), z.number());

export const Facts = z.object({
  ttnn: z.string(),
  python: z.string(),
  arch: z.string(),
  devices: z.number(),
  /** Path of libtt_metal.so. */
  library: z.string().nullable(),
  /** "gnu:" or "sha256:" and hexadecimal digits. */
  build: z.string().nullable(),
  /** By memory type; empty: no device was opened. */
  banks: perType,
  /** What operations kept, by the name that a test gave it and by memory type. */
  keptBytesPerBank: z.record(z.string(), perType),
  msPerTest: z.number().nullable(),
});

/** What the suite's conftest says of ttnn and its device. */
export type Facts = z.infer<typeof Facts>;

/** null: the suite ended before it could say anything. */
export function readFacts(path: string): Facts | null {
  try {
    return Facts.parse(JSON.parse(readTextFile(path, FACTS_BYTES_MAX)));
  } catch {
    return null;
  }
}
