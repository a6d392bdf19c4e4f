import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { boardOf } from "./board.ts";
import { gitFacts } from "./git.ts";
import { surroundingsOf } from "./surroundings.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-surroundings-"));
after(() => rmSync(home, { recursive: true }));

const ENV = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CEILING_DIRECTORIES: home };

/** A repository with one commit. */
function repository(name: string): { readonly folder: string; readonly git: (...args: readonly string[]) => string } {
  const folder = join(home, name);
  mkdirSync(folder);
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: folder,
      env: ENV,
      encoding: "utf8",
    }).trim();
  git("init", "-q", "-b", "topic");
  git("commit", "-q", "--allow-empty", "-m", "one");
  return { folder, git };
}

describe("git", () => {
  it("says the commit and the branch, and no branch where none is checked out", () => {
    const { folder, git } = repository("one");
    const commit = git("rev-parse", "HEAD");
    assert.deepEqual(gitFacts(folder, ENV), { commit, branch: "topic" });
    git("checkout", "-q", "--detach");
    assert.deepEqual(gitFacts(folder, ENV), { commit, branch: null });
  });

  it("says nothing outside of a repository, and where there is no git", () => {
    assert.deepEqual(gitFacts(home, ENV), { commit: null, branch: null });
    assert.deepEqual(gitFacts(home, { PATH: home }), { commit: null, branch: null });
  });
});

describe("the board", () => {
  it("is reported by kind and number, as the driver shows them", () => {
    const folder = join(home, "class");
    for (const [device, kind] of [
      ["tenstorrent!0", "n300\n"],
      ["tenstorrent!1", "n300\n"],
      ["tenstorrent!2", "p150a\n"],
    ] as const) {
      mkdirSync(join(folder, device), { recursive: true });
      writeFileSync(join(folder, device, "tt_card_type"), kind);
    }
    mkdirSync(join(folder, "tenstorrent!3"));
    assert.equal(boardOf({}, folder), "2 x n300, p150a");
  });

  it("is the mock device where there is one, and not known where there is none", () => {
    assert.equal(boardOf({ TT_METAL_MOCK_CLUSTER_DESC_PATH: "/x/n150x2.yaml" }, home), "mock n150x2");
    assert.equal(boardOf({}, join(home, "none")), null);
  });
});

it("what CI says counts before what git says", () => {
  const { folder, git } = repository("two");
  const ci = { ...ENV, GITLAB_CI: "true", CI_COMMIT_REF_NAME: "main" };
  const { commit, branch, host } = surroundingsOf(folder, ci);
  assert.deepEqual([commit, branch], [git("rev-parse", "HEAD"), "main"]);
  assert.notEqual(host, "");
});
