import { isIP } from "node:net";
import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { UsageError } from "../core/base/usage-error.ts";

/** What OpenTelemetry's own exporter for Prometheus listens on by default. */
const DEFAULT_PORT = 9464;
const PORT_MAX = 65_535;
const LOOPBACK = "127.0.0.1";
const LOOPBACK_NAMES = ["localhost", LOOPBACK];

/** OpenTelemetry's own, which say where to push; the first that is set counts. */
const ENDPOINT_VARIABLES = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

export interface MetricsPlace {
  /** An address of this machine, without a name's indirection. */
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Where metrics go. */
export interface MetricsOptions {
  /** Where Prometheus can scrape them; null: nowhere. */
  readonly place: MetricsPlace | null;
  /** The file of the word that whoever scrapes has to know; null: nobody has to know one. */
  readonly tokenFile: string | null;
  /** Where they are pushed to; null where the standard variables say, undefined: nowhere. */
  readonly otlp: string | null | undefined;
}

export const MetricsFlags = z.object({
  metrics: z
    .union([z.object({ address: z.string(), port: z.number() }), z.literal(true)])
    .transform((given) => (given === true ? { address: LOOPBACK, port: DEFAULT_PORT } : given))
    .nullable()
    .default(null),
  metricsTokenFile: z.string().optional(),
  otlp: z.union([z.string(), z.literal(true).transform(() => null)]).optional(),
});

export function declareMetricsFlags(command: Command): Command {
  const scraped = `serve /metrics for Prometheus on this port, to this machine only unless an address is given (without a value: ${DEFAULT_PORT})`;
  const token = "answer only requests that carry the bearer token in this file, as Prometheus' credentials_file does";
  const pushed = "push the same metrics by OTLP over HTTP (without a value: to OTEL_EXPORTER_OTLP_ENDPOINT)";
  return command
    .addOption(new Option("--metrics [address:port]", scraped).argParser(parsePlace))
    .option("--metrics-token-file <file>", token)
    .addOption(new Option("--otlp [url]", pushed).argParser(parseUrl));
}

/** @throws UsageError for a token that nothing asks for, and for a variable that says where to push and cannot be used */
export function metricsOptions(
  { metrics, metricsTokenFile, otlp }: z.output<typeof MetricsFlags>,
  env: Readonly<NodeJS.ProcessEnv>,
): MetricsOptions {
  if (metricsTokenFile !== undefined && metrics === null) {
    throw new UsageError("--metrics-token-file is for --metrics: give both, or neither");
  }
  if (otlp === null) checkEndpoint(env);
  return { place: metrics, tokenFile: metricsTokenFile ?? null, otlp };
}

function parsePlace(text: string): MetricsPlace {
  const [, given, digits = ""] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  const bare = (given ?? LOOPBACK).replace(/^\[(.*)\]$/, "$1");
  const address = LOOPBACK_NAMES.includes(bare) ? LOOPBACK : bare;
  const port = Number(digits);
  if (digits !== "" && port <= PORT_MAX && isIP(address) !== 0) return { address, port };
  throw new InvalidArgumentError(
    `Wanted a port from 0 to ${PORT_MAX}, or an address and a port such as 0.0.0.0:${DEFAULT_PORT}. Write --metrics=${DEFAULT_PORT} if another word follows.`,
  );
}

/** Of what is no URL, OpenTelemetry's exporter makes one that leads elsewhere. */
function checkEndpoint(env: Readonly<NodeJS.ProcessEnv>): void {
  const variable = ENDPOINT_VARIABLES.find((name) => env[name]?.trim());
  const endpoint = variable === undefined ? null : env[variable]?.trim();
  if (!endpoint || isHttpUrl(endpoint)) return;
  throw new UsageError(
    `--otlp: ${variable} is ${JSON.stringify(endpoint)}, which is no URL; write all of it, such as http://localhost:4318`,
  );
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:");
}

function parseUrl(text: string): string {
  if (isHttpUrl(text)) return text;
  throw new InvalidArgumentError(
    "Wanted the whole URL that metrics are posted to, such as http://localhost:4318/v1/metrics.",
  );
}
