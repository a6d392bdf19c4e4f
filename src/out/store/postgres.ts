import { PostgresDialect } from "kysely";
import pg from "pg";

/** No statement of ours takes longer, in ms. */
const STATEMENT_MS_MAX = 60_000;

/** PostgreSQL's types `bigint` and `numeric`: numbers of ours are safe integers. https://www.postgresql.org/docs/15/datatype-oid.html */
const NUMBERS: ReadonlySet<number> = new Set([20, 1700]);

/** A history on a server, by its `postgres://` address. `connectMs`: how long to wait for it. */
export function openPostgres(address: string, connectMs: number): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: address,
    max: 1,
    connectionTimeoutMillis: connectMs,
    statement_timeout: STATEMENT_MS_MAX,
    application_name: "tt-memwatch",
    types: {
      getTypeParser: (oid, format) => {
        return NUMBERS.has(oid) && format !== "binary" ? Number : pg.types.getTypeParser(oid, format as "text");
      },
    },
  });
  // A connection that breaks while nobody uses it is noticed when it is used next.
  pool.on("error", () => {});
  return new PostgresDialect({ pool });
}
