/**
 * Builds the program of the page for the browser: build/web/page.js and page.css, as one file each, so that a page can have
 * both inside.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

/** In the order in which they apply. */
const STYLES = [
  "node_modules/uplot/dist/uPlot.min.css",
  "web/styles/colours.css",
  "web/styles/base.css",
  "web/styles/header.css",
  "web/styles/timeline.css",
  "web/styles/causes.css",
  "web/styles/shortcuts.css",
  "web/styles/history.css",
  "web/styles/views.css",
  "web/styles/screen-and-print.css",
];

/** A larger program makes every page slow to open and every file large. Compressed by gzip, in bytes. */
const PROGRAM_BYTES_MAX = 150_000;

const CLONE = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = join(CLONE, "build/web");

mkdirSync(FOLDER, { recursive: true });
await using build = await rolldown({
  cwd: CLONE,
  input: "web/src/main.tsx",
  platform: "browser",
  tsconfig: "web/tsconfig.json",
});
const { output } = await build.generate({ format: "esm", minify: true });
const [{ code }, ...others] = output;
if (others.length > 0) throw new Error("the page's program is more than one file");
// Within a page both would end where they say this.
const program = code.replaceAll("</script", "<\\/script");
const programBytes = gzipSync(program).length;
if (programBytes > PROGRAM_BYTES_MAX) {
  throw new Error(`the page's program has ${programBytes} bytes compressed; wanted at most ${PROGRAM_BYTES_MAX}`);
}
const style = STYLES.map((file) => readFileSync(join(CLONE, file), "utf8")).join("\n");
if (/<\/style/i.test(style)) throw new Error("the style sheet would end the element that it is in");
writeFileSync(join(FOLDER, "page.js"), program);
writeFileSync(join(FOLDER, "page.css"), style);
