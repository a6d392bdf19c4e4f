import { isLazyList, LazyObject, partOf } from "../../core/base/lazy-object.ts";

/** An object as JSON.stringify has it with this indent, in pieces: there is never all of it, nor of one of its lists. */
export function* jsonPieces(value: LazyObject<object>, indent = "", depth = 0): Iterable<string> {
  const [newline, colon] = indent === "" ? ["", ":"] : [`\n${indent.repeat(depth + 1)}`, ": "];
  let before = "{";
  for (const [name, field] of Object.entries(value.fields)) {
    yield `${before}${newline}${JSON.stringify(name)}${colon}`;
    yield* partJson(partOf(field), indent, depth + 1);
    before = ",";
  }
  yield before === "{" ? "{}" : `${newline.slice(0, newline.length - indent.length)}}`;
}

function* partJson(part: unknown, indent: string, depth: number): Iterable<string> {
  if (part instanceof LazyObject) yield* jsonPieces(part, indent, depth);
  else if (isLazyList(part)) yield* listJson(part, indent, depth);
  else yield nested(part, indent, depth);
}

function* listJson(list: Iterable<unknown>, indent: string, depth: number): Iterable<string> {
  const newline = indent === "" ? "" : `\n${indent.repeat(depth)}`;
  let isEmpty = true;
  for (const each of list) {
    yield `${isEmpty ? "[" : ","}${newline}${indent}${nested(each, indent, depth + 1)}`;
    isEmpty = false;
  }
  yield isEmpty ? "[]" : `${newline}]`;
}

/** A newline within a string is escaped, so every one that is there begins a line. */
function nested(value: unknown, indent: string, depth: number): string {
  const text = JSON.stringify(value, null, indent);
  return indent === "" ? text : text.replaceAll("\n", `\n${indent.repeat(depth)}`);
}
