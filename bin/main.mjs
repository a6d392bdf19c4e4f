// Starts the engine: the one that was bundled where there is one, as in every package, else src/main.ts of the clone. Of the time that a
// command took to start, more than half went into reading its TypeScript and its packages. What Node made of them is kept: in the clone,
// as is all that is made there, and of a package in the user's cache folder. A clone of somebody else is left as it is. JavaScript that an
// old Node reads too, because it has to say what it lacks; only what is imported from here on is kept.
import { existsSync, statSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";

const HOME = fileURLToPath(new URL("..", import.meta.url));
const BUNDLE = `${HOME}dist/engine/main.mjs`;
const isPackage = existsSync(BUNDLE);

/** The floor is package.json's engines.node: below it, Node does not run TypeScript as it is. */
const OLDEST = [24, 15];

function isNewEnough() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Null where nothing may be kept. */
function cacheFolder() {
  if (!isPackage) return statSync(HOME).uid === process.getuid() ? `${HOME}build/compile-cache` : null;
  const { XDG_CACHE_HOME, HOME: home } = process.env;
  if (XDG_CACHE_HOME?.startsWith("/")) return `${XDG_CACHE_HOME}/tt-memwatch/compile-cache`;
  try {
    return `${home || homedir()}/.cache/tt-memwatch/compile-cache`;
  } catch {
    return null;
  }
}

function start() {
  const folder = cacheFolder();
  if (folder !== null) module.enableCompileCache(folder);
  return isPackage ? import("../dist/engine/main.mjs") : import("../src/main.ts");
}

if (isNewEnough()) {
  await start();
} else {
  const next = isPackage
    ? "name a newer one in TT_MEMWATCH_NODE, or install tt-memwatch with pip, which brings one"
    : `run: make -C '${HOME}' setup`;
  process.stderr.write(
    `tt-memwatch: needs Node ${OLDEST.join(".")} or newer, and ${process.execPath} is ${process.versions.node}; ${next}\n`,
  );
  process.exitCode = 2;
}
