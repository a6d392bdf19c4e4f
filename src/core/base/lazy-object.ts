/** A field of `LazyObject`: as it is, or how to make it; a list also element by element. */
type Part<V> =
  | V
  | (() => V | LazyPart<V>)
  | (V extends readonly (infer Element)[] ? () => Iterable<Element> : never)
  | LazyPart<V>;

type LazyPart<V> = V extends object ? LazyObject<V> : never;

/**
 * An object whose fields are made when they are asked for, one after the other: all of them at once may take as much memory as all
 * that they are made of.
 */
export class LazyObject<T extends object> {
  readonly fields: { readonly [Key in keyof T]: Part<T[Key]> };

  constructor(fields: { readonly [Key in keyof T]: Part<T[Key]> }) {
    this.fields = fields;
  }
}

/** What a field is: a value, a lazy object in its turn, or, where it is no array, a list to be walked through once. */
export function partOf(field: unknown): unknown {
  return typeof field === "function" ? field() : field;
}

/** Whether a part is a list that is made element by element. */
export function isLazyList(part: unknown): part is Iterable<unknown> {
  return typeof part === "object" && part !== null && Symbol.iterator in part && !Array.isArray(part);
}

/** The object with all its fields. */
export function made<T extends object>({ fields }: LazyObject<T>): T {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, madePart(partOf(field))])) as T;
}

function madePart(part: unknown): unknown {
  if (part instanceof LazyObject) return made(part);
  return isLazyList(part) ? [...part] : part;
}
