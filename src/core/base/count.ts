/** "1 test", "2 tests", "2 processes". `many` is for nouns that do not just take an "s". */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}
