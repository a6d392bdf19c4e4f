import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import { emptyFinding } from "../model/empty-finding.ts";
import type { Finding } from "../model/finding.ts";
import type { Rules } from "../model/rules.ts";
import type { OtherAllocation, RunRecord, TestRecord } from "../model/run-record.ts";
import { fileOfTest } from "../model/test-subject.ts";
import { allowance } from "./growth-allowance.ts";
import type { Judgement } from "./judgement.ts";
import { originOf } from "./user-line-in-stack.ts";

/** What one test left in one memory of one other process, and what became of it. */
interface Share {
  readonly test: TestRecord;
  readonly rootDir: string;
  readonly first: OtherAllocation;
  readonly allocations: readonly OtherAllocation[];
  readonly sizeBytes: number;
  readonly signature: string;
}

/**
 * Judges what tests left in processes that run no pytest. Their allocators cannot be asked and their garbage not be
 * collected: what they had not freed when the test ended is what it left.
 */
export function otherProcesses(record: RunRecord, rules: Rules): Finding[] {
  if (record.otherAllocations.length === 0) return [];
  const shares = sharesOf(record);
  const left = new Map<string, Set<string>>();
  for (const { signature, first, test } of shares) {
    if (first.end === "late" || first.fixture !== null) continue;
    left.set(signature, (left.get(signature) ?? new Set()).add(keyOf(test.process, test.ref)));
  }
  return shares.map((share) => toFinding(share, judge(share, left.get(share.signature)?.size ?? 0, rules)));
}

function sharesOf(record: RunRecord): Share[] {
  const tests = new Map(record.tests.map((test) => [keyOf(test.process, test.ref), test]));
  const roots = new Map(record.processes.map(({ process, info }) => [process, info.rootDir]));
  const groups = Map.groupBy(record.otherAllocations, (each) =>
    JSON.stringify([keyOf(each.process, each.ref), each.pid, each.device, each.memoryType, each.fixture, each.end]),
  );
  return [...groups.values()].flatMap((allocations) => {
    const [first] = allocations;
    const test = first === undefined ? undefined : tests.get(keyOf(first.process, first.ref));
    if (first === undefined || test === undefined || test.repeat > 0 || test.notChecked.length > 0) return [];
    const sizes = allocations.map(({ sizeBytes }) => sizeBytes).sort((a, b) => a - b);
    const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
    const signature = `${first.memoryType}:${sizes.join("+")}:${test.base}:other`;
    return [{ test, rootDir: roots.get(first.process) ?? "/", first, allocations, sizeBytes, signature }];
  });
}

function judge({ test, first, allocations, sizeBytes }: Share, tests: number, rules: Rules): Judgement {
  const size = `${formatBytes(sizeBytes)} in ${count(allocations.length, "buffer")}`;
  const where = `process ${first.pid}, which runs no pytest`;
  if (first.fixture !== null) {
    const evidence = `${size} was allocated in ${where}, while ${first.fixture.scope} fixture ${first.fixture.name} was set up.`;
    return { verdict: "retained", evidence };
  }
  if (first.end === "late") {
    const evidence = `${size} was live in ${where}, when the test ended, and was freed there in a later test.`;
    return { verdict: "late-free", evidence };
  }
  const limit = allowance(test.limits, first.memoryType, new Map([[first.memoryType, sizeBytes]]));
  if (limit !== null) {
    const evidence = `${size} in ${where}, is within the test's limit of ${formatBytes(limit)}.`;
    return { verdict: "expected", evidence };
  }
  return leftThere(size, where, tests, first.end, rules);
}

/** No test freed it: the end of the process did, of its device, or of what asked it to end. */
function leftThere(size: string, where: string, tests: number, end: OtherAllocation["end"], rules: Rules): Judgement {
  const until = end === "freed" ? "it was freed when no test ran" : "it ended with the process or its device";
  if (tests >= rules.recurrenceTests) {
    const evidence = `the same ${size} was left in ${where}, by each of ${tests} tests of the same code: ${until}.`;
    return { verdict: "leak", evidence };
  }
  const evidence = `${size} was allocated in ${where}, while the test ran, and was live when the test ended: ${until}. It is a leak if another test of this code leaves it too.`;
  return { verdict: end === "freed" ? "retained" : "suspect", evidence };
}

function toFinding(share: Share, judgement: Judgement): Finding {
  const { test, first, allocations, sizeBytes, signature, rootDir } = share;
  const bytesPerBank = allocations.reduce((sum, each) => sum + each.bytesPerBank, 0);
  return {
    ...emptyFinding(judgement, test.ref, signature),
    phase: first.phase,
    fixture: first.fixture,
    device: first.chip,
    chips: first.chip === null ? [] : [first.chip],
    memoryType: first.memoryType,
    sizeBytes,
    bytesPerBank,
    banks: bytesPerBank === 0 ? 0 : Math.round(sizeBytes / bytesPerBank),
    buffers: allocations.map(({ address, sizeBytes: size, requestedBytes, stack }) => ({
      address,
      sizeBytes: size,
      tensor: null,
      inside: [],
      allocated: {
        test: test.ref.test,
        phase: first.phase,
        fixture: first.fixture?.name ?? null,
        subtest: null,
        stack,
        requestedBytes,
        freedBy: null,
      },
    })),
    origin: originOf(first.stack, first.operation, { rootDir, testFile: fileOfTest(test.ref.test) }),
    holders: first.end === "late" ? [] : [`process ${first.pid}`],
  };
}

function keyOf(process: number, { test, attempt }: TestRecord["ref"]): string {
  return `${process} ${attempt} ${test}`;
}
