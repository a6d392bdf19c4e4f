import { UsageError } from "../core/base/usage-error.ts";
import { isPageBuilt } from "../files/page-program.ts";

/**
 * Whether there is a page to show: learning that after an hour of tests is too late.
 *
 * @param flag what asks for it, for the message
 * @throws UsageError if there is none
 */
export function checkPage(command: string, flag: string): void {
  if (!isPageBuilt())
    throw new UsageError(`${command}: ${flag} needs the page, which is not built: run \`make setup-web\``);
}
