import assert from "node:assert/strict";
import { it } from "node:test";
import { isServerAddress, withoutPassword } from "./database-address.ts";

it("a server has one of PostgreSQL's two schemes", () => {
  const places = ["postgres://h/d", "postgresql://h/d", "http://h/d", "/tmp/postgres.db", "postgres"];
  assert.deepEqual(places.filter(isServerAddress), ["postgres://h/d", "postgresql://h/d"]);
});

for (const [address, shown] of [
  ["postgres://ci@db/memwatch", "postgres://ci@db/memwatch"],
  ["postgres://ci:s3cret@db:5432/memwatch", "postgres://ci:***@db:5432/memwatch"],
  ["postgres://ci:a%40b@db/memwatch", "postgres://ci:***@db/memwatch"],
  ["postgres://db/memwatch?user=ci&password=s3cret&x=1", "postgres://db/memwatch?user=ci&password=***&x=1"],
  ["cannot reach postgres://ci:s3cret@db/a now", "cannot reach postgres://ci:***@db/a now"],
  ["/home/me/history.db", "/home/me/history.db"],
] as const) {
  it(`${address} is shown as ${shown}`, () => assert.equal(withoutPassword(address), shown));
}
