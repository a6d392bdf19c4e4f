import type { EarlierVersion } from "../../core/model/earlier-version.ts";
import { earlierFlavour } from "./earlier-flavour.ts";
import { EARLIER_STYLES } from "./earlier-style.ts";
import type { Flavour } from "./flavour.ts";
import { MODERN } from "./modern-flavour.ts";

export type FlavourName = EarlierVersion | "modern";

/** Every way the allocation server can talk. */
export const FLAVOURS: Readonly<Record<FlavourName, Flavour>> = {
  v72: earlierFlavour(EARLIER_STYLES.v72),
  v72e: earlierFlavour(EARLIER_STYLES.v72e),
  v112a: earlierFlavour(EARLIER_STYLES.v112a),
  v112b: earlierFlavour(EARLIER_STYLES.v112b),
  v144: earlierFlavour(EARLIER_STYLES.v144),
  modern: MODERN,
};
