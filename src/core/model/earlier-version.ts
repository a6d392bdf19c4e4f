/** The versions of the earlier allocation server, each named by the size of its clients' frames. */
export const EARLIER_VERSIONS = ["v72", "v72e", "v112a", "v112b", "v144"] as const;

export type EarlierVersion = (typeof EARLIER_VERSIONS)[number];
