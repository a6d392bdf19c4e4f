import { UsageError } from "../../core/base/usage-error.ts";

/**
 * The lines of a stream of UTF-8 text, without their ends; empty ones are left out.
 *
 * @throws UsageError at a line of more than `bytesMax`; `name`: of the stream, for the message
 */
export async function* linesOf(
  stream: AsyncIterable<Buffer>,
  bytesMax: number,
  name: string,
): AsyncGenerator<{ readonly text: string; readonly number: number }> {
  let open: Buffer[] = [];
  let openBytes = 0;
  let number = 1;
  for await (const chunk of stream) {
    let begin = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, begin)) {
      const text = Buffer.concat([...open, chunk.subarray(begin, end)])
        .toString()
        .trim();
      if (text !== "") yield { text, number };
      [open, openBytes, begin, number] = [[], 0, end + 1, number + 1];
    }
    open.push(chunk.subarray(begin));
    openBytes += chunk.length - begin;
    if (openBytes > bytesMax) throw new UsageError(`${name}:${number}: the line is longer than ${bytesMax} bytes`);
  }
  const text = Buffer.concat(open).toString().trim();
  if (text !== "") yield { text, number };
}
