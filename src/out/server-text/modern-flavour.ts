import { type Flavour, textOf } from "./flavour.ts";
import { endedLine, statisticsLines } from "./modern-blocks.ts";
import { doubleFreedLines, kernelLines, remainingLines } from "./modern-dump.ts";
import { modernEvent } from "./modern-events.ts";

/** For people at a terminal: few lines, and none per event unless asked for. */
export const MODERN: Flavour = {
  messageTypes: new Set([1, 2, 3, 5, 6, 8, 9, 10, 11, 12]),
  printsEvents: false,
  tellsHistories: false,
  start: (socketPath) => textOf([`listening on ${socketPath}`, "stop with Ctrl+C"]),
  event: (event) => {
    const line = modernEvent(event);
    return { out: line === "" ? "" : textOf([line]), err: "" };
  },
  statistics: (statistics) => textOf(statisticsLines(statistics)),
  cleanup: (ended) => textOf(ended.map(endedLine)),
  remaining: (remaining, ended) => {
    return textOf([...ended.map(endedLine), ...remainingLines(remaining), ...doubleFreedLines(remaining.doubleFreed)]);
  },
  kernels: (kernels) => textOf(kernelLines(kernels)),
  stop: (statistics, doubleFreed) => {
    return textOf([...statisticsLines(statistics), ...doubleFreedLines(doubleFreed), "stopped"]);
  },
  unknownType: (type) => textOf([`ignored a message of unknown type ${type}`]),
};
