import { lstatSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { getAsset, getAssetKeys, getRawAsset } from "node:sea";
import { userFolder } from "../src/files/user-folder.ts";

/** The asset that names the tree: a digest of all files. */
export const TREE_ASSET = "tree";

/** Somebody else than the owner may write where there is one of these. */
const OTHERS_MAY_WRITE = 0o022;

/**
 * The folder with the files that a single executable carries, in this user's cache folder, or else in the one for temporary
 * files. What is missing there is written; several processes may do this at the same time.
 *
 * @throws Error, with what to do, if there is no folder that only this user may write to
 */
export function unpackedTree(env: Readonly<NodeJS.ProcessEnv>): string {
  const name = `unpacked-${getAsset(TREE_ASSET, "utf8")}`;
  const cache = userFolder("cache", env);
  const folders = [...(cache === null ? [] : [join(cache, "tt-memwatch")]), join(tmpdir(), `tt-memwatch-${userId()}`)];
  const reasons: string[] = [];
  for (const folder of folders) {
    try {
      return unpackInto(join(folder, name));
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`cannot unpack its files (${reasons.join("; ")}): set XDG_CACHE_HOME to a folder you may write to`);
}

function unpackInto(tree: string): string {
  for (const folder of [dirname(tree), tree]) requireOwn(folder);
  for (const path of getAssetKeys()) if (path !== TREE_ASSET) unpack(path, join(tree, path));
  return tree;
}

/** Python and Node run what lies here, so nobody else may put anything there. */
function requireOwn(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  if (uid !== userId() || (mode & OTHERS_MAY_WRITE) !== 0) throw new Error(`others may write to ${folder}`);
}

function unpack(path: string, target: string): void {
  const content = new Uint8Array(getRawAsset(path));
  if (statSync(target, { throwIfNoEntry: false })?.size === content.length) return;
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const unfinished = `${target}.${process.pid}`;
  try {
    writeFileSync(unfinished, content, { mode: 0o600 });
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

function userId(): number {
  return process.getuid?.() ?? 0;
}
