import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PROCESS_INFO, processRecord } from "../../../fixtures/run/records.ts";
import { shortHash } from "../../core/base/short-hash.ts";
import { recordedStatements, SourceStatements } from "./source-statements.ts";

const TEST =
  "import ttnn\n\nCACHE = []\n\ndef test_kv(device):\n    CACHE.append(\n        ttnn.zeros(device),\n    )\n";

/** A suite's folder, and the statements of a run in it. */
function withSuite(use: (statements: SourceStatements, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "tt-memwatch-sources-"));
  try {
    const rootDirs = [join(folder, "other"), folder];
    const processes = rootDirs.map((rootDir) => processRecord({ info: { ...PROCESS_INFO, rootDir } }));
    use(new SourceStatements({ processes }), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("statements of a suite", () => {
  it("are read below pytest's root directory, or where an absolute path says", () => {
    withSuite((statements, folder) => {
      writeFileSync(join(folder, "test_kv.py"), TEST);
      const hash = shortHash("CACHE.append(ttnn.zeros(device))");
      assert.equal(statements.hashOf("test_kv.py", 6), hash);
      assert.equal(statements.hashOf(join(folder, "test_kv.py"), 6), hash);
    });
  });

  it("are not known where there is no such line or file, or the file is a folder, too large or no Python", () => {
    withSuite((statements, folder) => {
      writeFileSync(join(folder, "test_kv.py"), TEST);
      writeFileSync(join(folder, "large.py"), `a = 1\n${"#".repeat(4 * 1024 * 1024)}`);
      writeFileSync(join(folder, "secret.txt"), "a = 1\n");
      mkdirSync(join(folder, "folder.py"));
      const places = [
        ["test_kv.py", 99],
        ["gone.py", 1],
        ["folder.py", 1],
        ["large.py", 1],
        ["secret.txt", 1],
      ] as const;
      for (const [file, line] of places) assert.equal(statements.hashOf(file, line), null, file);
    });
  });

  it("that were found are what a recording keeps, and say the same there when the file is gone", () => {
    withSuite((statements, folder) => {
      writeFileSync(join(folder, "test_kv.py"), TEST);
      const hash = statements.hashOf("test_kv.py", 6);
      statements.hashOf("gone.py", 1);
      assert.deepEqual(statements.asked(), [{ file: "test_kv.py", line: 6, hash }]);
      const replayed = recordedStatements(statements.asked());
      assert.equal(replayed("test_kv.py", 6), hash);
      assert.equal(replayed("gone.py", 1), null);
    });
  });
});
