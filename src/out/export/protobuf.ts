import { type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** What a field of a message has: an integer, a text, a message, or several of them. undefined: the field is left out. */
type FieldValue = number | bigint | string | Fields | readonly FieldValue[] | undefined;

/** A message, by the numbers of its fields. */
export interface Fields {
  readonly [field: number]: FieldValue;
}

/** Integers are of a type whose negative values are not zigzag-encoded: int64, uint64, enums, booleans. */
export function writeFields(out: BinaryWriter, fields: Fields): void {
  for (const [field, value] of Object.entries(fields)) writeField(out, Number(field), value);
}

function writeField(out: BinaryWriter, field: number, value: FieldValue): void {
  if (value === undefined) return;
  if (typeof value === "number" || typeof value === "bigint") out.tag(field, WireType.Varint).int64(value);
  else if (typeof value === "string") out.tag(field, WireType.LengthDelimited).string(value);
  else if (isList(value)) for (const each of value) writeField(out, field, each);
  else {
    out.tag(field, WireType.LengthDelimited).fork();
    writeFields(out, value);
    out.join();
  }
}

function isList(value: Fields | readonly FieldValue[]): value is readonly FieldValue[] {
  return Array.isArray(value);
}
