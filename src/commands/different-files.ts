import { UsageError } from "../core/base/usage-error.ts";
import { fileIdentity } from "../files/file-identity.ts";

/** A file of a command, and what the user gave it by. */
export interface NamedFile {
  readonly name: string;
  /** Absolute; null: standard output. */
  readonly path: string | null;
}

/**
 * What a command writes replaces nothing that it reads, adds to, or writes as well.
 *
 * @param inputs what it reads, or adds to as to a history; two of them may be one file
 * @throws UsageError, which names the command
 */
export function checkDifferent(command: string, inputs: readonly NamedFile[], outputs: readonly NamedFile[]): void {
  const seen = new Map(inputs.map((input) => [identityOf(input), input]));
  for (const output of outputs) {
    const identity = identityOf(output);
    const other = seen.get(identity);
    if (other !== undefined) throw new UsageError(`${command}: ${told(output, other)}; give each a file of its own`);
    seen.set(identity, output);
  }
}

function identityOf({ path }: NamedFile): string {
  return path === null ? "-" : fileIdentity(path);
}

function told(output: NamedFile, other: NamedFile): string {
  if (output.path === other.path) return `${other.name} and ${output.name} both name ${placeOf(output)}`;
  return `${other.name} ${placeOf(other)} and ${output.name} ${placeOf(output)} are one file`;
}

function placeOf({ path }: NamedFile): string {
  return path ?? "standard output";
}
