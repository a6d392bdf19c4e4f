import { z } from "zod";
import type { Seen } from "./arm.ts";
import { normalise } from "./normalise.ts";

const Line = z.object({
  kind: z.string(),
  node: z.string(),
  when: z.string(),
  values: z.record(z.string(), z.string()),
});

/** What was seen of one test, or of the session: by aspect, such as `call report: outcome`, all values in their order. */
export type Aspects = ReadonlyMap<string, string>;

export interface Observations {
  readonly tests: ReadonlyMap<string, Aspects>;
  readonly session: Aspects;
}

/** Puts together what one run showed, without what changes from run to run. */
export function observe(seen: Seen): Observations {
  const tests = new Map<string, Map<string, string>>();
  const session = new Map<string, string>();
  const started: string[] = [];
  for (const text of seen.record.split("\n")) {
    if (text === "") continue;
    const { kind, node, when, values } = Line.parse(JSON.parse(text));
    if (kind === "report" && when === "setup") started.push(node);
    const isOfTest = node !== "" && kind !== "collected";
    const aspects = isOfTest ? getOrMake(tests, node) : session;
    for (const [name, value] of Object.entries(values)) {
      append(aspects, `${when === "" ? kind : `${kind} (${when})`}: ${name}`, normalise(value));
    }
  }
  session.set("tests in the order they ran", started.join("\n"));
  session.set("exit code", String(seen.exitCode));
  session.set("standard output", normalise(seen.stdout));
  session.set("standard error", normalise(seen.stderr));
  session.set("JUnit file", normalise(seen.junit));
  return { tests, session };
}

function getOrMake(tests: Map<string, Map<string, string>>, node: string): Map<string, string> {
  const known = tests.get(node);
  if (known !== undefined) return known;
  const made = new Map<string, string>();
  tests.set(node, made);
  return made;
}

function append(aspects: Map<string, string>, name: string, value: string): void {
  const before = aspects.get(name);
  aspects.set(name, before === undefined ? value : `${before}\n${value}`);
}
