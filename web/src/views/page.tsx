import { shown } from "../state/store.ts";
import { Causes } from "./causes.tsx";
import { Detail } from "./detail.tsx";
import { Caveats, Header, Verdict } from "./header.tsx";
import { Help } from "./help.tsx";
import { Tabs } from "./tabs.tsx";
import { Timeline } from "./timeline.tsx";

/** The workbench: one run, one selection, one cursor in time. */
export function Page() {
  if (shown.value === null) return <p class="empty">Reading what was watched…</p>;
  return (
    <>
      <Header />
      <main>
        <Verdict />
        <Caveats />
        <Timeline />
        <div class="workbench">
          <Causes />
          <Detail />
        </div>
        <Tabs />
      </main>
      <Help />
    </>
  );
}
