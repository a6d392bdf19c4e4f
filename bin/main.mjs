// Starts src/main.ts. Of the time that a command took to start, more than half went into reading its TypeScript and its packages. What
// Node made of them is kept in the clone, as is all that is made here; a clone of somebody else is left as it is. JavaScript,
// because only what is imported from here on is kept, and with nothing to translate Node need not load its translator.
import { statSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

const CLONE = fileURLToPath(new URL("..", import.meta.url));

if (statSync(CLONE).uid === process.getuid?.()) enableCompileCache(`${CLONE}build/compile-cache`);
await import("../src/main.ts");
