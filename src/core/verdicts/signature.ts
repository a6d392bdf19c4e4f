import { shortHash } from "../base/short-hash.ts";
import type { Finding } from "../model/finding.ts";
import { fileOfTest, nameInFile, packageOf, shownSubject } from "../model/test-subject.ts";
import { holderRootOf } from "./holder-root.ts";

/** Changes whenever the same finding gets another signature; the earlier one is then kept in `earlierSignatures`. */
const VERSION = "v2";

/** A class of sizes spans a factor of 8, and its edges are not sizes that tensors have: sqrt(2) times a power of 2. */
const BITS_PER_SIZE_CLASS = 3;

/** The `shortHash` of the statement of a line; null: its text is not known. `file`: as in a finding's origin. */
export type StatementHashOf = (file: string, line: number) => string | null;

/** No source is at hand. */
export const NO_SOURCE: StatementHashOf = () => null;

/**
 * A finding's stable name, `v2:dram:TestKv::test_decode:4f0c9a1be23d`: memory type or verdict, test without parameters,
 * and a hash of the rest of its cause, in which the test's name is not (docs/formats.md, "Signature"). `base`: the node id of
 * its test without parameters; null: it is not a test's.
 */
export function signatureOf(finding: Finding, base: string | null, hashOf: StatementHashOf): string {
  const subject = subjectOf(finding, base);
  // A name that is not shown as it is has to be in the hash as a whole.
  const name = shownSubject(subject.name);
  const unshown = name === subject.name ? [] : [subject.name];
  const cause = finding.buffers.length === 0 ? [] : causeOf(finding, base, hashOf);
  const hash = shortHash(JSON.stringify([subject.package, ...unshown, ...cause]));
  return [VERSION, ...whatOf(finding), name, hash].join(":");
}

/** Memory by its type, whatever it is judged to be; anything else by its verdict too. */
function whatOf({ buffers, verdict, memoryType }: Finding): string[] {
  const type = memoryType === null ? [] : [memoryType.toLowerCase()];
  return buffers.length === 0 ? [verdict, ...type] : type;
}

interface Subject {
  readonly name: string;
  readonly package: string;
}

/** Whose it is: the wider fixture's that allocated it, which test ever was the first to ask for it; else the test's. */
function subjectOf({ fixture, phase }: Finding, base: string | null): Subject {
  if (fixture !== null && phase === "fixture") {
    return { name: `fixture ${fixture.name}`, package: packageOf(`${fixture.baseId}/`) };
  }
  if (base === null) return { name: "-", package: "" };
  const file = fileOfTest(base);
  return { name: nameInFile(base), package: packageOf(file) };
}

function causeOf({ buffers, origin, holders }: Finding, base: string | null, hashOf: StatementHashOf): unknown[] {
  const largest = Math.max(...buffers.map(({ sizeBytes }) => sizeBytes));
  const files = [...(base === null ? [] : [fileOfTest(base)]), ...(origin === null ? [] : [origin.file])];
  const made = origin === null ? null : [origin.operation, nameOf(origin.function), hashOf(origin.file, origin.line)];
  return [Math.round(Math.log2(Math.max(1, largest)) / BITS_PER_SIZE_CLASS), made, holderRootOf(holders, files)];
}

/** Python up to 3.10 does not say which class or function a function is in. */
function nameOf(qualifiedName: string): string {
  return qualifiedName.slice(qualifiedName.lastIndexOf(".") + 1);
}
