/** The part of a test in which the memory was allocated; `fixture` for a fixture of wider scope. */
export type Phase = "setup" | "call" | "teardown" | "fixture";
