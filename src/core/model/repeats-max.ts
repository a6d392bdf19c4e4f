/** Repeats of one test that may be asked for; the plugin takes no more. */
export const REPEATS_MAX = 100;
