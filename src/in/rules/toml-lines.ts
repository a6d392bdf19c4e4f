/**
 * The line, from 1, of the last part of `path` that TOML text in its plain style has on a line of its own: `[table]`,
 * `[[list of tables]]` and `key = value`. The TOML parser keeps no places of values, and an error without its line is
 * hard to find. Null if nothing of the path is found; dotted keys and inline tables count as not found.
 */
export function lineOfKey(text: string, path: readonly PropertyKey[]): number | null {
  const [table, second, ...rest] = path.map(String);
  if (table === undefined) return null;
  const lines = text.split("\n");
  const isList = typeof path[1] === "number";
  const header = isList ? nthLine(lines, `[[${table}]]`, Number(second)) : nthLine(lines, `[${table}]`, 0);
  const key = isList ? rest[0] : second;
  if (header === null) return keyLine(lines, 0, table);
  return (key === undefined ? null : keyLine(lines, header, key)) ?? header;
}

function nthLine(lines: readonly string[], wanted: string, n: number): number | null {
  const found = lines.flatMap((line, i) => (withoutComment(line) === wanted ? [i + 1] : []));
  return found[n] ?? null;
}

/** The line of `key` between the line numbered `after` and the next table. */
function keyLine(lines: readonly string[], after: number, key: string): number | null {
  for (let i = after; i < lines.length; i++) {
    const line = lines[i]?.trim() ?? "";
    if (line.startsWith("[")) return null;
    if (line.split("=", 1)[0]?.trim().replaceAll(/^"|"$/g, "") === key) return i + 1;
  }
  return null;
}

function withoutComment(line: string): string {
  return (line.split("#", 1)[0] ?? "").replaceAll(/\s/g, "");
}
