/** A file that is not a ring this engine can read. The message names what it has and what was wanted. */
export class RingError extends Error {}
