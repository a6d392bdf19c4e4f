import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const CLONE = fileURLToPath(new URL("..", import.meta.url));

/** The clone's, or the tree of a package that `make test-e2e` makes of the clone: that one starts twice as fast. */
export const PROGRAM = process.env.E2E_PROGRAM ?? join(CLONE, "bin", "tt-memwatch");
