import { shown } from "../state/store.ts";
import { Scroll } from "./controls.tsx";
import { FixedFindings } from "./fixed-findings.tsx";

const PROCESS_COLUMNS = ["Process", "Role", "pytest", "Python", "ttnn", "Plugin", "Cache cleared", "Root", "End"];

/** How the run was made, what was live at its end, and what an allocation server heard. */
export function RunView() {
  const run = shown.value?.page.run;
  if (run === undefined) return null;
  return (
    <>
      <dl class="facts">
        {run.facts.map(({ name, text }) => (
          <div key={name + text}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
        <div>
          <dt>started</dt>
          <dd>
            <time dateTime={run.startedAt}>{run.startedAt.replace("T", " ").replace("Z", " UTC")}</time>
          </dd>
        </div>
        <div>
          <dt>tt-memwatch</dt>
          <dd>
            {run.engine}
            {run.exitCode === null ? "" : `, exit code ${run.exitCode}`}
          </dd>
        </div>
      </dl>
      <FixedFindings />
      {run.processes.length === 0 ? null : <Processes rows={run.processes} />}
      <Lines title="Remaining buffers" lines={run.remaining} />
      <Lines title="Allocation server" lines={run.allocations} />
    </>
  );
}

function Processes({ rows }: { readonly rows: readonly (readonly string[])[] }) {
  return (
    <Scroll label="Processes">
      <table>
        <caption>Processes</caption>
        <thead>
          <tr>
            {PROCESS_COLUMNS.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr key={cells.join(" ")}>
              {cells.map((text, index) => (
                <td key={PROCESS_COLUMNS[index]}>{text}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <Scroll label={title}>
        <pre>{lines.join("\n")}</pre>
      </Scroll>
    </section>
  );
}
