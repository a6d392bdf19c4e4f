import type { PageFixed } from "../../../src/core/model/page.ts";
import { shown } from "../state/store.ts";
import { Size } from "./amounts.tsx";
import { Scroll } from "./controls.tsx";
import { Place } from "./finding-parts.tsx";
import { Run } from "./history.tsx";

/** What earlier runs left, and this one, which checked the same tests, did not. */
export function FixedFindings() {
  const { fixed } = shown.value?.page ?? {};
  if (!fixed || fixed.length === 0) return null;
  return (
    <Scroll label="Fixed in this run">
      <table>
        <caption>
          Fixed in this run: earlier ones left it, and this one checked its tests and found nothing of it
        </caption>
        <thead>
          <tr>
            <th scope="col">Test</th>
            <th scope="col" class="amount">
              Was
            </th>
            <th scope="col">Line</th>
            <th scope="col">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {fixed.map((each) => (
            <FixedRow key={each.signature} fixed={each} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function FixedRow({ fixed: { test, memoryType, sizeBytes, place, last, signature } }: { readonly fixed: PageFixed }) {
  return (
    <tr>
      <td>
        <code>{test ?? signature}</code>
      </td>
      <td class="amount">
        <Size bytes={sizeBytes} /> {memoryType}
      </td>
      <td>{place === null ? <span class="quiet">not known</span> : <Place place={place} />}</td>
      <td>
        <Run run={last} />
      </td>
    </tr>
  );
}
