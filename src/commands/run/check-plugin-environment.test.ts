import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { UsageError } from "../../core/base/usage-error.ts";
import { ownFile } from "../../files/own-files.ts";
import { checkPluginEnvironment, WORDS } from "./check-plugin-environment.ts";

for (const [variable, text, wanted] of [
  ["TT_MEMWATCH_DRAM", "many", '"4096", "64 KB" or the like'],
  ["TT_MEMWATCH_TRACE", "on", '"4096", "64 KB" or the like'],
  ["TT_MEMWATCH_CLEAR", "Always", "one of always, growth, never"],
  ["TT_MEMWATCH_ORIGIN", "line", "one of auto, tracer, wrap, off"],
  ["TT_MEMWATCH_FAIL", "maybe", "yes or no"],
  ["TT_MEMWATCH_CONFIRM", "101", "a number of repeats from 0 to 100"],
  ["TT_MEMWATCH_WARM_UP", "-1", "a number of repeats from 0 to 100"],
] as const) {
  test(`${variable}=${text} is wrong use, with what is right`, () => {
    const expected = new UsageError(`run: ${variable} is ${JSON.stringify(text)}; wanted ${wanted}`);
    assert.throws(() => checkPluginEnvironment({ [variable]: text }), expected);
  });
}

test("what the plugin takes is let through", () => {
  const [TT_MEMWATCH_ORIGIN, TT_MEMWATCH_L1, TT_MEMWATCH_EXPLAIN] = ["trace", "1.5 MiB", "True"];
  checkPluginEnvironment({ TT_MEMWATCH_ORIGIN, TT_MEMWATCH_L1, TT_MEMWATCH_EXPLAIN, TT_MEMWATCH_CONFIRM: "100" });
  checkPluginEnvironment({ TT_MEMWATCH_DRAM: "", TT_MEMWATCH_CLEAR: "" });
});

test("its words are those of the plugin", () => {
  const source = ["options", "pace"]
    .map((name) => readFileSync(ownFile(`clients/pytest/src/tt_memwatch/${name}.py`), "utf8"))
    .join("\n");
  const tuples = [...source.matchAll(/^(?:\w+_)?MODES = \((.*)\)$/gm)].map(([, words = ""]) =>
    words.replaceAll('"', ""),
  );
  for (const words of Object.values(WORDS)) {
    assert.ok(tuples.includes(words.join(", ")), `${words} are in none of ${tuples.join("; ")}`);
  }
});
