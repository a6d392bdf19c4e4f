import type { Rules } from "../../core/model/rules.ts";
import { engineVersion } from "../engine-version.ts";
import type { Io } from "../io.ts";
import { openRunRecording, type RunRecording } from "../run/write-recording.ts";

interface ServerRecording {
  /** null: nothing is recorded. */
  readonly recording: RunRecording | null;
  /** Gives what there is to say of it, a sentence each. */
  end(): Promise<readonly string[]>;
}

/** Begins to record a server. `path`: absolute; null: nothing is recorded. Throws UsageError where it cannot be written. */
export async function openServerRecording(path: string | null, rules: Rules, io: Io): Promise<ServerRecording> {
  const startMs = performance.now();
  const recording = await openRunRecording(path, {
    source: "serve",
    command: [],
    invocation: [],
    cwd: io.cwd,
    engine: engineVersion(),
    startedAt: new Date().toISOString(),
    startedNs: Number(process.hrtime.bigint()),
    rules,
  });
  const end = async (): Promise<readonly string[]> => {
    const durationMs = Math.round(performance.now() - startMs);
    const facts = { commandExitCode: 0, durationMs, warnings: [], allocations: null, statements: [] };
    return recording.end(facts, []);
  };
  return { recording: recording.isOn ? recording : null, end };
}
