/** A file that is not a region this engine can read. The message names what it has and what was wanted. */
export class RegionError extends Error {}
