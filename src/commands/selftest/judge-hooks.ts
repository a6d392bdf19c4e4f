import { type Check, check } from "./check.ts";

/** A function of ttnn that the tracer redirects. */
interface Hook {
  readonly name: string;
  /** In the ring's header; one of them is enough. */
  readonly bits: readonly number[];
  /** Whether a ttnn may do without it: then what it is for shows in other checks. */
  readonly isOptional: boolean;
  /** What is left when it is not in place. */
  readonly without: string;
}

const BOOKS = "memory that a device's end frees stays in the tracer's books: use --tracer=off";
const CIRCULAR = "circular buffers are not followed; findings do not need them";

const HOOKS: readonly Hook[] = [
  hook("AllocatorImpl::allocate_buffer", [0], "nothing is traced"),
  hook("AllocatorImpl::deallocate_buffer", [1], "nothing is traced"),
  hook("AllocatorImpl::deallocate_buffers", [2], BOOKS),
  hook("AllocatorImpl::clear", [3], BOOKS),
  hook("AllocatorImpl::~AllocatorImpl", [4, 5], BOOKS),
  optional("GraphTracker::track_allocate_cb", [6], CIRCULAR),
  optional("GraphTracker::track_deallocate_cb", [7], CIRCULAR),
  optional("PyEval_SaveThread", [8], "allocations that an operation makes without Python's lock have no line"),
];

/** Those that a ttnn has to have. `mask`: as the ring's header has it; null: there is no ring. */
export function judgeHooks(mask: number | null): readonly Check[] {
  // The tracer did not start, and says why: then it is not on the functions.
  if (!mask) return [check("hooks", "all of them", "followed", "none is followed")];
  return HOOKS.filter(({ isOptional }) => !isOptional).map(({ name, bits }) => {
    return check("hooks", name, "followed", isInPlace(bits, mask) ? "followed" : "not followed");
  });
}

/** A sentence for each hook that is missing, where some are in place. */
export function missingHooks(mask: number | null): readonly string[] {
  if (!mask) return [];
  return HOOKS.filter(({ bits }) => !isInPlace(bits, mask)).map(({ name, without }) => `${name}: ${without}`);
}

function isInPlace(bits: readonly number[], mask: number): boolean {
  return bits.some((bit) => (mask & (1 << bit)) !== 0);
}

function hook(name: string, bits: readonly number[], without: string): Hook {
  return { name, bits, isOptional: false, without };
}

function optional(name: string, bits: readonly number[], without: string): Hook {
  return { name, bits, isOptional: true, without };
}
