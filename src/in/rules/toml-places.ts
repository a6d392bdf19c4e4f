/** Where something stands in a file, both from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** Places in TOML text of its plain style: each `[table]`, `[[list of tables]]` and `key = value` on a line of its own. */
export interface TomlPlaces {
  /**
   * Where the last part of `path` begins that is found. The TOML parser keeps no places of values, and an error without
   * its place is hard to find. Null if nothing of the path is found; dotted keys and inline tables count as not found.
   */
  placeOf(path: readonly PropertyKey[]): Place | null;
}

/** One table: where its header is, null for the top of the file, and where its keys are. */
interface Table {
  readonly place: Place | null;
  readonly keys: Map<string, Place>;
}

/** Reads the text once, however many places are asked for. */
export function tomlPlaces(text: string): TomlPlaces {
  const top: Table = { place: null, keys: new Map() };
  const tables = new Map<string, Table[]>();
  let table = top;
  for (const [index, line] of text.split("\n").entries()) {
    const trimmed = line.trim();
    const place = { line: index + 1, column: line.length - line.trimStart().length + 1 };
    if (trimmed.startsWith("[")) {
      table = { place, keys: new Map() };
      const header = withoutComment(line);
      const same = tables.get(header) ?? [];
      tables.set(header, same);
      same.push(table);
    } else {
      const key = keyOf(trimmed);
      if (!table.keys.has(key)) table.keys.set(key, place);
    }
  }
  return { placeOf: (path) => placeOf(path, top, tables) };
}

function placeOf(path: readonly PropertyKey[], top: Table, tables: ReadonlyMap<string, Table[]>): Place | null {
  const [name, second, ...rest] = path.map(String);
  if (name === undefined) return null;
  const isList = typeof path[1] === "number";
  const list = tables.get(`[[${name}]]`);
  const table = isList ? list?.[Number(second)] : (tables.get(`[${name}]`) ?? list)?.[0];
  if (table === undefined) return top.keys.get(name) ?? null;
  const key = isList ? rest[0] : second;
  return (key === undefined ? undefined : table.keys.get(key)) ?? table.place;
}

function keyOf(line: string): string {
  return (line.split("=", 1)[0] ?? "").trim().replaceAll(/^"|"$/g, "");
}

function withoutComment(line: string): string {
  return (line.split("#", 1)[0] ?? "").replaceAll(/\s/g, "");
}
