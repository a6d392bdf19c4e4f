import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { plainIo } from "../../fixtures/command/plain-io.ts";
import { UsageError } from "../core/base/usage-error.ts";
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
    const stderr = Object.create(process.stderr, { write: { value: write } });
    const rules = rulesOf("my.toml", plainIo({ cwd: folder, stderr }));
    assert.equal(rules.recurrenceTests, 5);
    assert.equal(stderrText, said);
  });
}

for (const [file, why] of [
  ["not-there.toml", "there is no such file"],
  ["-", "there is no such file"],
  [".", "it is a folder, wanted a regular file"],
] as const) {
  test(`of rules in "${file}" it is said why they cannot be read, and where to get some`, () => {
    assert.throws(
      () => rulesOf(file, plainIo({ cwd: folder })),
      (error) => {
        const said = `the rules in ${file} cannot be read: ${why}; \`tt-memwatch rules\` prints rules to begin with`;
        return error instanceof UsageError && error.message === said;
      },
    );
  });
}
