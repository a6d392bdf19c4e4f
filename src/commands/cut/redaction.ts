import { basename } from "node:path";
import { assertNever } from "../../core/base/assert-never.ts";
import { matchesGlob } from "../../core/base/glob.ts";
import type { RunEvent, TestRef } from "../../core/model/event.ts";
import { NOTHING_KNOWN } from "../../core/model/known-findings.ts";
import type { FixtureRef } from "../../core/model/measurement.ts";
import type { RecordedRun } from "../../core/model/recording.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import { ownFrames } from "../../core/verdicts/user-line-in-stack.ts";
import { EARLIER } from "./event-cutter.ts";
import type { ReplacementNames } from "./replacement-names.ts";

type CutEvent = Exclude<RunEvent, { kind: "refused" }>;

/** In the place of what people wrote. */
const REDACTED = "(redacted)";

/** ttnn's own operations are no secret, and without them nobody can say what a buffer is. */
const PUBLIC = /^ttnn\.[\w.]+$/;

/** Of the path of a frame that is ttnn's, pytest's, Python's or ours, what says which; the rest is somebody's folders. */
const LIBRARY = /\/(?:site-packages|dist-packages|lib\/python3\.\d+|tt_memwatch\w*|ttnn\/ttnn)\/.*$/s;

/** Takes the names of a suite, its paths and what people wrote out of a recording. The same name gets the same other one. */
export class Redaction {
  readonly #names: ReplacementNames;

  constructor(names: ReplacementNames) {
    this.#names = names;
  }

  run(run: RecordedRun, test: string): RecordedRun {
    const { rules } = run;
    // A pattern of tests would name them: what it says of this one is all that matters.
    const expected = rules.expected.flatMap((rule, index) => {
      const isOfTest = rule.tests === null || matchesGlob(rule.tests, test);
      return isOfTest ? [{ ...rule, tests: null, name: `rule ${index + 1}` }] : [];
    });
    return {
      ...run,
      command: [REDACTED],
      invocation: [],
      cwd: this.#names.folder(run.cwd),
      rules: { ...rules, expected },
      known: NOTHING_KNOWN,
    };
  }

  event(event: CutEvent): CutEvent {
    switch (event.kind) {
      case "process-begin":
        return { ...event, info: { ...event.info, rootDir: this.#names.folder(event.info.rootDir), junitFile: null } };
      case "test-begin":
        return {
          ...event,
          ref: this.#ref(event.ref),
          base: this.#names.nodeId(event.base),
          reason: event.reason === null ? null : REDACTED,
          known: event.known === null ? null : { ...event.known, reason: REDACTED, ref: null, place: null },
        };
      case "test-end":
        return { ...event, ref: this.#ref(event.ref) };
      case "measurement":
        return { ...event, measurement: { ...event.measurement, fixture: this.#fixture(event.measurement.fixture) } };
      case "context": {
        const subtest = event.subtest === null ? null : this.#names.of("subtest", event.subtest);
        return { ...event, fixture: this.#fixture(event.fixture), subtest };
      }
      case "tracing":
        return {
          ...event,
          ring: event.ring === null ? null : this.ringPath(event.ring),
          reason: event.reason === "" ? "" : REDACTED,
        };
      case "fixture-end":
        return { ...event, fixture: this.#fixture(event.fixture) ?? event.fixture };
      case "not-checked":
        return { ...event, reason: REDACTED, mark: null };
      case "not-warmed-up":
      case "not-repeated":
        return { ...event, reason: REDACTED };
      case "process-lost":
        return { ...event, refusal: event.refusal === null ? null : REDACTED };
      case "memory-error":
        return { ...event, stack: this.stack(event.stack) };
      case "holders":
        return { ...event, paths: event.paths.map((path) => this.#names.words(path)) };
      case "origin":
        return {
          ...event,
          birth: { operation: this.#operation(event.birth.operation), stack: this.stack(event.birth.stack) },
        };
      case "collected":
      case "unchanged":
      case "tensor":
      case "waiting":
      case "searched":
      case "region-difference":
      case "kept":
      case "device-end":
      case "inside":
      case "process-end":
        return event;
      default:
        return assertNever(event);
    }
  }

  stack(frames: readonly StackFrame[]): StackFrame[] {
    const own = new Set(ownFrames(frames));
    return frames.map((frame) => {
      if (!own.has(frame)) return { ...frame, file: LIBRARY.exec(frame.file)?.[0] ?? frame.file };
      const { file, line, function: name } = frame;
      return { file: file === "" ? "" : this.#names.path(file), line, function: this.#operation(name) };
    });
  }

  /** Its name says the process's id, and has to stay. */
  ringPath(path: string): string {
    return `/rings/${basename(path)}`;
  }

  #operation(name: string): string {
    return PUBLIC.test(name) || name.startsWith("<") ? name : this.#names.words(name);
  }

  #ref({ test, attempt }: TestRef): TestRef {
    return { test: this.#names.nodeId(test), attempt };
  }

  #fixture(fixture: FixtureRef | null): FixtureRef | null {
    if (fixture === null || fixture.name === EARLIER.name) return fixture;
    return { ...fixture, name: this.#names.of("fixture", fixture.name), baseId: this.#names.nodeId(fixture.baseId) };
  }
}
