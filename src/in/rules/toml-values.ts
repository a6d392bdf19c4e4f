import * as z from "zod";
import { parseSize } from "../../core/base/bytes.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";

const WANTED_SIZE = 'wanted a size such as "12 KB"';

/** Bytes, written as people write them. */
export const Size = z.union([z.string(), z.number()], { error: WANTED_SIZE }).transform((value, context) => {
  try {
    return parseSize(String(value));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.addIssue({ code: "custom", message: WANTED_SIZE });
    return z.NEVER;
  }
});

export const MemoryTypeName = z.enum(MEMORY_TYPES);
