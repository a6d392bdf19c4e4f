import { InvalidArgumentError, Option } from "commander";
import { z } from "zod";

const PORT_MAX = 65_535;

/** A port, 0 for any that is free; null: no page is served. */
export const UiFlag = z
  .union([z.number(), z.literal(true).transform(() => 0)])
  .nullable()
  .default(null);

/** `--ui`, of every command that serves the page. `when`: what the page shows. */
export function uiOption(when = "show it in the browser while it goes on"): Option {
  const what = `${when}, at an address that is printed (without a number: any free port)`;
  return new Option("--ui [port]", what).argParser((text) => {
    const port = Number(text);
    if (/^\d{1,5}$/.test(text) && port <= PORT_MAX) return port;
    throw new InvalidArgumentError(`Wanted a port from 0 to ${PORT_MAX}. Write --ui=0 if another word follows.`);
  });
}
