/** What of the caller's environment decides about colour, pytest and tracking: a test says these itself. */
const DECIDES =
  /^(CI|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|PY_COLORS|NODE_DISABLE_COLORS|GITHUB_\w+|PYTEST_\w+|TT_MEMWATCH_\w+|TT_ALLOC_\w+)$/;

/** The environment that programs under test start from, the same at a desk, in a workflow and under another run. */
export const ENVIRONMENT: Readonly<NodeJS.ProcessEnv> = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !DECIDES.test(name))),
  // What is run here is not for the history of whoever runs it.
  TT_MEMWATCH_HISTORY: "off",
  // Of the tools beside ttnn: it would import all of hypothesis to name its profile, a tenth of what a run takes.
  PYTEST_ADDOPTS: "-p no:hypothesispytest",
};
