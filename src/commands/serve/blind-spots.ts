import { libcFault } from "../../in/sources/libc.ts";
import { isProcHidden } from "../../in/sources/proc.ts";

/** What a server cannot know about its clients on this machine, a line each. */
export function blindSpots(): readonly string[] {
  const fault = libcFault();
  return [
    ...(isProcHidden()
      ? [`/proc is hidden: the server cannot find out whether processes that it does not show still run`]
      : []),
    ...(fault === null
      ? []
      : [`the server cannot find out who connects (${fault}): memory that processes leave stays on the books`]),
  ];
}
