/** What a command's exit code means; the watched command's own failure wins over all but wrong use. */
export const ExitCode = {
  clean: 0,
  findings: 1,
  wrongUse: 2,
  nothingChecked: 3,
  /** EX_SOFTWARE of sysexits.h: a fault of our own. */
  fault: 70,
  cannotExecute: 126,
  commandNotFound: 127,
} as const;

/** With this pytest exits where it was used wrongly, before a plugin has begun. */
export const PYTEST_USAGE_ERROR = 4;
