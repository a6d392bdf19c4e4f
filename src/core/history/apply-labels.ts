import type { Surroundings } from "../model/history.ts";

const NAMED = ["host", "commit", "branch", "board", "job"] as const;

/** What is known of a run with what the user says of it: labels of those names take the place of what was found. */
export function applyLabels(found: Surroundings, labels: ReadonlyMap<string, string>): Surroundings {
  const named = Object.fromEntries(NAMED.map((name) => [name, labels.get(name) ?? found[name]]));
  const others = [...labels].filter(([name]) => !NAMED.some((each) => each === name));
  return { ...found, ...named, labels: { ...found.labels, ...Object.fromEntries(others) } };
}
