import type * as z from "zod";

/** A message of JSON, checked. Throws where it is not what is wanted. */
export function parseMessage<Value>(schema: z.ZodType<Value>, data: Uint8Array): Value {
  return schema.parse(JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8")));
}
