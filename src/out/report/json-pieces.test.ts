import assert from "node:assert/strict";
import { test } from "node:test";
import { LazyObject, made } from "../../core/base/lazy-object.ts";
import { jsonPieces } from "./json-pieces.ts";

interface Page {
  readonly name: string;
  readonly empty: readonly number[];
  readonly lines: readonly string[];
  readonly numbers: readonly number[];
  readonly part: { readonly list: readonly { readonly a: number }[]; readonly nothing: null };
  readonly none: object;
}

const ALL: Page = {
  name: 'a "name"',
  empty: [],
  lines: ["one\ntwo", ""],
  numbers: [1, 2.5, -3],
  part: { list: [{ a: 1 }, { a: 2 }], nothing: null },
  none: {},
};

const lazy = (): LazyObject<Page> =>
  new LazyObject<Page>({
    ...ALL,
    empty: () => new Set<number>(),
    lines: () => ALL.lines.values(),
    numbers: () => ALL.numbers,
    part: new LazyObject<Page["part"]>({ list: () => ALL.part.list.values(), nothing: null }),
    none: new LazyObject<object>({}),
  });

for (const indent of ["", "  "]) {
  test(`in pieces with the indent "${indent}" it is as JSON.stringify has it`, () => {
    assert.equal([...jsonPieces(lazy(), indent)].join(""), JSON.stringify(ALL, null, indent));
  });
}

test("all of it is what its fields give", () => {
  assert.deepEqual(made(lazy()), ALL);
});

test("an element of a list is not made before the one before it is written", () => {
  const order: string[] = [];
  function* each(): Iterable<number> {
    for (const number of [1, 2]) {
      order.push(`made ${number}`);
      yield number;
    }
  }
  for (const piece of jsonPieces(new LazyObject<{ list: readonly number[] }>({ list: each }))) order.push(piece);
  assert.deepEqual(order, ['{"list":', "made 1", "[1", "made 2", ",2", "]", "}"]);
});
