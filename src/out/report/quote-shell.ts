const NEEDS_NO_QUOTES = /^[\w@%+=:,./-]+$/;

/** One argument as a POSIX shell has to be given it. */
export function quoteShell(argument: string): string {
  if (NEEDS_NO_QUOTES.test(argument)) return argument;
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
