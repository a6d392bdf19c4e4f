import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { statementAt } from "./statement-at-line.ts";

const CASES: readonly (readonly [title: string, source: string, statement: string | null])[] = [
  ["one line, without its indentation", "    x = f(a)", "x=f(a)"],
  ["spaces that mean nothing go", "x  =  f( a , b )", "x=f(a,b)"],
  ["spaces between words stay one", "return   not  a", "return not a"],
  ["a comment goes", "x = f(a)  # keeps it", "x=f(a)"],
  ["a hash in a string is no comment", 'x = f("a # b")', 'x=f("a # b")'],
  ["what a string says stays as it is", "x = f('a  b')", "x=f('a  b')"],
  ["a call over several lines is one statement", "x = f(\n    a,\n    b=2,\n)\ny = 3", "x=f(a,b=2)"],
  ["a comment between lines goes", "x = f(\n    a,  # one\n    b)", "x=f(a,b)"],
  ["a bracket in a string opens nothing", 'x = f("(")\ny = 3', 'x=f("(")'],
  ["an escaped quote ends no string", 'x = f("a\\"(")\ny = 3', 'x=f("a\\"(")'],
  ["a string over several lines is whole", 'x = f("""a\nb""")\ny = 3', 'x=f("""a\nb""")'],
  ["a line goes on after a backslash", "x = a + \\\n    b\ny = 3", "x=a+b"],
  ["the end of a call that began before is what is left of it", "    b)\ny = 3", "b)"],
  ["an empty line is none", "   \ny = 3", null],
  ["a comment alone is none", "# nothing\ny = 3", null],
];

describe("a statement", () => {
  for (const [title, source, statement] of CASES) {
    it(title, () => assert.equal(statementAt(source.split("\n"), 1), statement));
  }

  it("is that of the line, counted from 1", () => {
    assert.deepEqual(
      [1, 2, 3].map((line) => statementAt(["a = 1", "b = 2"], line)),
      ["a=1", "b=2", null],
    );
  });

  it("is read over 50 lines and no further, and has 1,000 characters at most", () => {
    const open = ["f(", ...Array.from({ length: 60 }, (_, index) => `${index},`)];
    assert.equal(statementAt(open, 1)?.endsWith("48,"), true);
    assert.equal(statementAt([`x = "${"a".repeat(2_000)}"`], 1)?.length, 1_000);
  });
});
