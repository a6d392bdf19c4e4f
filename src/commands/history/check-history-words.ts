import { UsageError } from "../../core/base/usage-error.ts";

/** Which runs are meant. */
const FILTERS = ["branch", "host", "board", "label"];

/** What goes with each word of `history`, beside the place: its options, and what its operand is; null: it has none. */
const TAKEN = {
  runs: { options: [...FILTERS, "limit", "json"], operand: null },
  findings: { options: [...FILTERS, "state", "json"], operand: null },
  test: { options: [...FILTERS, "json"], operand: "ID" },
  prune: { options: ["keepDays", "keepSize", "json"], operand: null },
  export: { options: [...FILTERS, "json"], operand: null },
  import: { options: ["json"], operand: "FILE" },
} as const;

export type HistoryAction = keyof typeof TAKEN;

export const ACTIONS: readonly HistoryAction[] = ["runs", "findings", "test", "prune", "export", "import"];

/**
 * Refuses what would be ignored: who names a branch to prune expects the others to stay.
 *
 * @param given names of the options that were given, in camel case
 * @throws UsageError that names the first that does not go with the action
 */
export function checkWords(action: HistoryAction, given: readonly string[], operand: string | null): void {
  const { options, operand: wanted } = TAKEN[action];
  const taken: readonly string[] = options;
  const other = given.find((name) => name !== "history" && !taken.includes(name));
  if (other !== undefined) {
    const fitting = ACTIONS.filter((each) => goesWith(each, other)).join(", ");
    throw new UsageError(`history: --${kebabCase(other)} does not go with ${action}; it goes with ${fitting}`);
  }
  if (operand !== null && wanted === null) throw new UsageError(`history: "${operand}" is one word too many`);
}

function goesWith(action: HistoryAction, option: string): boolean {
  const options: readonly string[] = TAKEN[action].options;
  return options.includes(option);
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
