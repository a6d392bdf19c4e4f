import packageJson from "../../package.json" with { type: "json" };

/** This program's version, as its package says. */
export function engineVersion(): string {
  return packageJson.version;
}

/** What it is for, in one sentence. */
export function engineDescription(): string {
  return packageJson.description;
}
