/** The first place whose value is not below another one; their number where all are. */
export function placeIn(ascending: ArrayLike<number>, value: number): number {
  return firstPlace(ascending, (each) => each >= value);
}

/** The first place whose value is above another one; their number where none is. */
export function placeAfter(ascending: ArrayLike<number>, value: number): number {
  return firstPlace(ascending, (each) => each > value);
}

/** `isReached`: false for the values before the place, true from it on. */
function firstPlace(ascending: ArrayLike<number>, isReached: (value: number) => boolean): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isReached(ascending[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}
