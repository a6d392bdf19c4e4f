/** Whether it is the address of a PostgreSQL server; else it is a file. */
export function isServerAddress(where: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(where);
}

/** An address, or text with one in it, as it may be shown. */
export function withoutPassword(text: string): string {
  return text.replace(/(\w+:\/\/[^:@/\s]*):[^@/\s]*@/g, "$1:***@").replace(/([?&]password=)[^&\s]*/g, "$1***");
}
