import type { TestRef } from "./event.ts";
import type { Finding } from "./finding.ts";

/** A finding of which only the verdict is known yet: no memory, no device. `ref`: null outside of any test; `signature`: of the first version. */
export function emptyFinding(
  { verdict, evidence }: Pick<Finding, "verdict" | "evidence">,
  ref: TestRef | null,
  signature: string,
): Finding {
  return {
    verdict,
    test: ref?.test ?? null,
    attempt: ref?.attempt ?? 1,
    phase: null,
    fixture: null,
    device: null,
    chips: [],
    memoryType: null,
    sizeBytes: 0,
    bytesPerBank: 0,
    banks: 0,
    buffers: [],
    subtests: [],
    origin: null,
    holders: [],
    repeats: [],
    growsBy: null,
    warmUp: null,
    evidence,
    fails: false,
    known: null,
    baseline: null,
    markedAt: null,
    signature,
    earlierSignatures: [],
  };
}
