import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { ownFile } from "../../files/own-files.ts";

/** Says on standard output which modules are loaded. */
const HOOK = `
import { registerHooks } from "node:module";
import { writeSync } from "node:fs";
registerHooks({ load: (url, context, next) => { writeSync(1, url + "\\n"); return next(url, context); } });`;

/** What only some runs need: of a history, a recording, a page, a report in a file. */
const NEEDED_BY_SOME = ["kysely", "@mcap", "hono", "@xmldom", "pg", "@opentelemetry"];

test("a run loads no library that it does not need", () => {
  const command = [ownFile("bin/main.mjs"), "run", "--quiet", "--", "true"];
  const env = { ...process.env, TT_MEMWATCH_HISTORY: "off" };
  const hook = `--import=data:text/javascript,${encodeURIComponent(HOOK)}`;
  const { stdout } = spawnSync(process.execPath, [hook, ...command], { encoding: "utf8", env });
  const loaded = new Set([...stdout.matchAll(/\/node_modules\/((?:@[^/]+|[^/]+))/g)].map(([, name]) => name));
  assert.ok(loaded.has("zod"), stdout);
  assert.deepEqual(
    NEEDED_BY_SOME.filter((name) => loaded.has(name)),
    [],
  );
});
