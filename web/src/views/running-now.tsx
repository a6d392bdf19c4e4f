import { formatBytes } from "../../../src/core/base/bytes.ts";
import type { PageNow } from "../../../src/core/model/page.ts";
import { connection, moment } from "../state/store.ts";

/** What runs and what is in use at this moment. No status: a screen reader would say each moment. */
export function RunningNow() {
  const now = moment.value;
  if (now === null || connection.value.kind !== "live") return null;
  const { running, moreRunning, memories } = now;
  return (
    <dl class="now">
      {running.length === 0 ? null : (
        <div>
          <dt>runs</dt>
          <dd>
            {running.map((test) => (
              <code key={test}>{test}</code>
            ))}
            {moreRunning === 0 ? null : ` and ${moreRunning} more`}
          </dd>
        </div>
      )}
      {memories.map((memory) => (
        <div key={`${memory.pid} ${memory.device} ${memory.memoryType}`}>
          <dt>
            {memory.memoryType} of device {memory.device}
          </dt>
          <dd>{useText(memory)}</dd>
        </div>
      ))}
    </dl>
  );
}

function useText({ usedBytes, capacityBytes }: PageNow["memories"][number]): string {
  const used = formatBytes(usedBytes);
  return capacityBytes === null ? used : `${used} of ${formatBytes(capacityBytes)}`;
}
