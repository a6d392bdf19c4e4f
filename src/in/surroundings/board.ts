import { readdirSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { readBeginning } from "../../files/open-outside-file.ts";

/** Where tt-kmd shows its devices, each in a folder with its attributes (tt-kmd's docs/sysfs-attributes.md). */
const DEVICES = "/sys/class/tenstorrent";

/** No attribute is longer, in bytes. */
const ATTRIBUTE_BYTES_MAX = 64;

/** The boards of this machine by kind, "2 x n300", or the mock device, "mock n150"; null: they are not known. */
export function boardOf(env: Readonly<NodeJS.ProcessEnv>, folder = DEVICES): string | null {
  const mock = env.TT_METAL_MOCK_CLUSTER_DESC_PATH;
  if (mock) return `mock ${basename(mock, extname(mock))}`;
  const kinds = Map.groupBy(cardsIn(folder), (kind) => kind);
  const boards = [...kinds].sort().map(([kind, { length }]) => (length === 1 ? kind : `${length} x ${kind}`));
  return boards.length === 0 ? null : boards.join(", ");
}

function cardsIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((device) => cardOf(join(folder, device, "tt_card_type")) ?? []);
  } catch {
    return [];
  }
}

/** null: a driver without that attribute. */
function cardOf(path: string): string | null {
  try {
    return readBeginning(path, ATTRIBUTE_BYTES_MAX, "own").replace(/[^\w-]/g, "") || null;
  } catch {
    return null;
  }
}
