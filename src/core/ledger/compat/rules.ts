import type { EarlierVersion } from "../../model/earlier-version.ts";
import type { BufferEvent } from "../../model/server-view.ts";

/** In what the versions of the earlier allocation server kept their books differently. */
export interface CompatRules {
  /** What an allocate is refused for, in the order it is looked at. */
  readonly refusals: readonly NonNullable<BufferEvent["refusal"]>[];
  /** Keeps the last events of every key for ever, so that it knows a double free from an unknown one. */
  readonly keepsHistory: boolean;
  /** An allocate of a live buffer replaces its size, though not what is counted of it. */
  readonly replacesSize: boolean;
  /** Books circular buffers and kernels. */
  readonly hasPrograms: boolean;
}

const PLAIN: CompatRules = {
  refusals: ["buffer-type"],
  keepsHistory: false,
  replacesSize: false,
  hasPrograms: false,
};

/** The rules of each version; a version is named by its frame's size. */
export const COMPAT_RULES: Readonly<Record<EarlierVersion, CompatRules>> = {
  v72: PLAIN,
  v72e: { ...PLAIN, keepsHistory: true, replacesSize: true },
  v112a: PLAIN,
  v112b: PLAIN,
  v144: { ...PLAIN, refusals: ["device", "size", "buffer-type"], hasPrograms: true },
};
