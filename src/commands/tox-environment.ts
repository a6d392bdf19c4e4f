/**
 * tox gives its environments only the variables its configuration names.  This gives `TOX_OVERRIDE` a value that adds
 * `names` (tox's globs are allowed) to those, keeping what the user overrides already.
 */
export function toxOverride(env: Readonly<NodeJS.ProcessEnv>, names: readonly string[]): string {
  const ours = `testenv.pass_env+=${names.join(",")}`;
  return env.TOX_OVERRIDE ? `${env.TOX_OVERRIDE};${ours}` : ours;
}
