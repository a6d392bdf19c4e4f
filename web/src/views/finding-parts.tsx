import type { Verdict } from "../../../src/core/model/finding.ts";
import type { PagePlace } from "../../../src/core/model/page.ts";
import { signOf } from "./format-for-page.ts";

export function VerdictMark({ verdict, fails }: { readonly verdict: Verdict; readonly fails: boolean }) {
  const kind = !fails ? "quiet" : verdict === "leak" ? "bad" : "warn";
  return (
    <span class={`verdict ${kind}`}>
      <span aria-hidden="true">{signOf(verdict, fails)}</span> {verdict}
    </span>
  );
}

/** "ttnn.as_tensor   models/attention.py:212 in load_kv   (from test_attention.py:41)" */
export function Place({ place }: { readonly place: PagePlace }) {
  const { operation, file, line, function: caller, testLine } = place;
  return (
    <span class="place">
      {operation === null ? null : <b>{operation} </b>}
      <code>
        {file}:{line}
      </code>{" "}
      in <code>{caller}</code>
      {testLine === null ? null : (
        <span class="quiet">
          {" "}
          from <code>{`${testLine.file}:${testLine.line}`}</code>
        </span>
      )}
    </span>
  );
}
