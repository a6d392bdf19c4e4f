import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Faults } from "./faults.ts";
import { rulesOf } from "./rules.ts";

const folder = mkdtempSync(join(tmpdir(), "rules-"));
after(() => rmSync(folder, { recursive: true }));

for (const [table, said] of [
  ["repetition", "tt-memwatch: my.toml: [repetition] is called [recurrence] now; the old name still works\n"],
  ["recurrence", ""],
] as const) {
  test(`a file of rules with [${table}] is used, and ${said === "" ? "nothing is said" : "one line says the new name"}`, () => {
    writeFileSync(join(folder, "my.toml"), `[${table}]\ntests = 5\n`);
    let stderrText = "";
    const write = (text: string): boolean => {
      stderrText += text;
      return true;
    };
    const stderr: NodeJS.WriteStream = Object.create(process.stderr, { write: { value: write } });
    const rules = rulesOf("my.toml", {
      env: {},
      cwd: folder,
      stdout: process.stdout,
      stderr,
      faults: new Faults(process.stderr),
    });
    assert.equal(rules.recurrenceTests, 5);
    assert.equal(stderrText, said);
  });
}
