/** Lines of TOML text in its plain style: each `[table]`, `[[list of tables]]` and `key = value` on a line of its own. */
export interface TomlLines {
  /**
   * The line, from 1, of the last part of `path` that has one. The TOML parser keeps no places of values, and an error
   * without its line is hard to find. Null if nothing of the path is found; dotted keys and inline tables count as not
   * found.
   */
  lineOf(path: readonly PropertyKey[]): number | null;
}

/** One table: the line of its header, 0 for the top of the file, and those of its keys. */
interface Table {
  readonly line: number;
  readonly keys: Map<string, number>;
}

/** Reads the text once, however many places are asked for. */
export function tomlLines(text: string): TomlLines {
  const top: Table = { line: 0, keys: new Map() };
  const tables = new Map<string, Table[]>();
  let table = top;
  for (const [index, line] of text.split("\n").entries()) {
    const trimmed = line.trim();
    if (trimmed.startsWith("[")) {
      table = { line: index + 1, keys: new Map() };
      const header = withoutComment(line);
      const same = tables.get(header) ?? [];
      tables.set(header, same);
      same.push(table);
    } else {
      const key = keyOf(trimmed);
      if (!table.keys.has(key)) table.keys.set(key, index + 1);
    }
  }
  return { lineOf: (path) => lineOf(path, top, tables) };
}

function lineOf(path: readonly PropertyKey[], top: Table, tables: ReadonlyMap<string, Table[]>): number | null {
  const [name, second, ...rest] = path.map(String);
  if (name === undefined) return null;
  const isList = typeof path[1] === "number";
  const table = isList ? tables.get(`[[${name}]]`)?.[Number(second)] : tables.get(`[${name}]`)?.[0];
  if (table === undefined) return top.keys.get(name) ?? null;
  const key = isList ? rest[0] : second;
  return (key === undefined ? undefined : table.keys.get(key)) ?? table.line;
}

function keyOf(line: string): string {
  return (line.split("=", 1)[0] ?? "").trim().replaceAll(/^"|"$/g, "");
}

function withoutComment(line: string): string {
  return (line.split("#", 1)[0] ?? "").replaceAll(/\s/g, "");
}
