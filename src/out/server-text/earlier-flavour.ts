import { cleanupLines, statisticsLines } from "./earlier-blocks.ts";
import { doubleFreedLines, dumpLines, kernelLines } from "./earlier-dump.ts";
import { earlierEvent } from "./earlier-events.ts";
import type { EarlierStyle } from "./earlier-style.ts";
import { type Flavour, textOf } from "./flavour.ts";

/** A version of the earlier allocation server, byte for byte. */
export function earlierFlavour(style: EarlierStyle): Flavour {
  return {
    messageTypes: new Set(style.messageTypes),
    printsEvents: true,
    tellsHistories: style.isEnhanced,
    start: (socketPath) => textOf(style.start.map((line) => line.replace("{path}", () => socketPath))),
    event: (event) => earlierEvent(event, style),
    statistics: (statistics) => textOf(statisticsLines(statistics, style)),
    cleanup: (dead) => textOf(cleanupLines(dead)),
    remaining: (remaining, dead) => textOf(dumpLines(remaining, dead, style)),
    kernels: (kernels) => textOf(kernelLines(kernels)),
    stop: (statistics, doubleFreed) => {
      const thread = style.isEnhanced ? [] : ["🔄 Background cleanup thread stopped"];
      const last = style.isEnhanced ? doubleFreedLines(doubleFreed) : [];
      return textOf([...statisticsLines(statistics, style), ...thread, "", "🛑 Allocation Server stopped", ...last]);
    },
    unknownType: (type) => textOf([`Unknown message type: ${type}`]),
  };
}
