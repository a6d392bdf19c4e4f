import { join, resolve } from "node:path";

export const CLONE = resolve(import.meta.dirname, "../..");
export const PROGRAM = join(CLONE, "bin", "tt-memwatch");

/** Environments and source distributions, which are kept between calls. */
export const CACHE = join(CLONE, "build", "harmless");

/** Our recorder and what haunts. */
export const PLUGINS = join(import.meta.dirname, "python");

/** The suite of our own. */
export const OWN_SUITE = join(import.meta.dirname, "own");

/** Figures of the last run of each suite; the table is made from them. */
export const RESULTS = join(import.meta.dirname, "results.json");

export const TABLE = join(CLONE, "docs", "harmless.md");

/**
 * Where suites run, one after the other: the same path for each arm, so that no path differs, of the same length in
 * each call, and a short one, so that suites can have sockets there.
 */
export const STAGE = `/tmp/harmless-${String(process.pid).padStart(7, "0")}`;
