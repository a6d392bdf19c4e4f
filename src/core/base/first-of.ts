/** The first `max`, or all where only one more would be left out: to name that takes no more room than to count it. */
export function firstOf<T>(all: readonly T[], max: number): readonly T[] {
  return all.length <= max + 1 ? all : all.slice(0, max);
}
