import { spawnSync } from "node:child_process";

/** Why Prometheus' programs cannot be used; false if they can. */
export const NO_PROMETHEUS: string | false =
  spawnSync("promtool", ["--version"]).status === 0
    ? false
    : "Prometheus is not installed: make setup-test-tools says how";

/** What `promtool` says of this, and null where it has nothing against it. */
export function promtoolRefusal(words: readonly string[], input = ""): string | null {
  const { status, stdout, stderr } = spawnSync("promtool", words, { input, encoding: "utf8" });
  return status === 0 ? null : `${stdout}${stderr}`;
}
