import type { EarlierVersion } from "../../core/model/earlier-version.ts";

/** In what the versions of the earlier allocation server wrote differently. */
export interface EarlierStyle {
  readonly messageTypes: readonly number[];
  /** Lines of its start; `{path}` stands for the socket's path. */
  readonly start: readonly string[];
  /** Event lines give addresses as 0x and hexadecimal digits, else in decimal. */
  readonly hasHexIds: boolean;
  /** How a buffer type that cannot be true is reported. */
  readonly badBufferType: "with-pid" | "with-pid-only" | "with-warning-sign";
  /** Why a free may be unknown. */
  readonly unknownFreeReason: string;
  /** Tells histories, double frees and changed sizes; statistics are in KB only. */
  readonly isEnhanced: boolean;
}

const START = [
  "🚀 Allocation Server started",
  "   Listening on: {path}",
  "   Press Ctrl+C to stop",
  "🔄 Background cleanup thread started (checking every 10s)",
];
const TT_METAL = "🔍 Device detection (using TT-Metal APIs):";
const UMD = "🔍 Device detection (using UMD Cluster for accurate specs):";
const ANYWAY = "   Server will track allocations anyway";

const V72: EarlierStyle = {
  messageTypes: [1, 2, 3, 5],
  start: START,
  hasHexIds: false,
  badBufferType: "with-pid",
  unknownFreeReason: "allocated before tracking started",
  isEnhanced: false,
};

/** A version is named by its frame's size. None detects devices: they say so as they did on a machine without any. */
export const EARLIER_STYLES: Readonly<Record<EarlierVersion, EarlierStyle>> = {
  v72: V72,
  v72e: {
    ...V72,
    start: ["🚀 Enhanced Allocation Server started (with history tracking)", "   Listening on: {path}"],
    hasHexIds: true,
    badBufferType: "with-pid-only",
    unknownFreeReason: "never tracked or allocated before server started",
    isEnhanced: true,
  },
  v112a: {
    ...V72,
    messageTypes: [1, 2, 3, 5, 6],
    start: [TT_METAL, "   No PCIe devices detected", ANYWAY, ...START],
  },
  v112b: {
    ...V72,
    messageTypes: [1, 2, 3, 5, 6],
    start: [TT_METAL, "   No devices detected", ANYWAY, ...START],
    hasHexIds: true,
  },
  v144: {
    ...V72,
    messageTypes: [1, 2, 3, 5, 6, 8, 9, 10, 11, 12],
    start: [UMD, "   No devices detected", ANYWAY, ...START],
    hasHexIds: true,
    badBufferType: "with-warning-sign",
  },
};
