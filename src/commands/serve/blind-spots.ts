import { libcFault } from "../../in/sources/libc.ts";
import { isProcHidden } from "../../in/sources/proc.ts";

/** What a server cannot know about its clients on this machine, a line each. */
export function blindSpots(): readonly string[] {
  const fault = libcFault();
  return [
    ...(isProcHidden() ? [`/proc is hidden: of processes that it does not show nobody can say whether they live`] : []),
    ...(fault === null ? [] : [`who connects cannot be told (${fault}): what processes leave stays on the books`]),
  ];
}
