import { z } from "zod";

/** The parts that run as processes of their own; `all` is everything in one. */
export const roles = ["all", "ledger", "hub", "worker", "gateway"] as const;
export type Role = (typeof roles)[number];

/** Everything wrong with the environment, one sentence each, with how to mend it. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(["The environment has problems:", ...problems.map((problem) => `  - ${problem}`)].join("\n"));
    this.problems = problems;
  }
}

const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: "must be postgres://user:password@host:port/database",
});
const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" });
const port = z.coerce.number({ error: "must be a port number" }).int().min(0).max(65_535);

/** `{"ebay":"http://127.0.0.1:5003"}`: where a kind's calls go instead of the channel. An SSRF switch unless loopback. */
const endpoints = jsonOf(
  z.strictObject(
    perKind(
      z
        .string()
        .refine(isLoopback, "must be http:// to a loopback address (127.0.0.1, localhost or [::1])")
        .transform((url) => new URL(url)),
    ),
  ),
);

const environmentSchema = z.object({
  NODE_ENV: z.string().default("development"),
  /** Embedded PostgreSQL and generated secrets live here. */
  DATA_DIR: z.string().default(".lastunit"),
  LEDGER_DATABASE_URL: postgresUrl.optional(),
  STORE_DATABASE_URL: postgresUrl.optional(),
  /** BullMQ runs on Redis when set, else on the store's PostgreSQL. */
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: "must be redis://host:port" }).optional(),
  /** Where the other parts find the ledger. */
  LEDGER_URL: httpUrl.optional(),
  LEDGER_PORT: port.default(4010),
  /** The gateway's. */
  PORT: port.default(4000),
  HOST: z.string().default("127.0.0.1"),
  /** The gateway's address as the channels see it, for their webhooks. */
  PUBLIC_URL: httpUrl.optional(),
  /** Encryption keys, base64 of 32 bytes each, separated by commas, newest first. */
  LASTUNIT_KEYS: z.string().optional(),
  LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"], {
      error: "must be one of fatal, error, warn, info, debug, trace, silent",
    })
    .default("info"),
  /** `<merchant>:<token>`, made at start when absent. */
  LEDGER_BOOTSTRAP_TOKEN: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}:\S{8,}$/, "must be <merchant>:<token>, the token at least 8 characters")
    .transform((text) => {
      const colon = text.indexOf(":");
      return { merchantId: text.slice(0, colon), token: text.slice(colon + 1) };
    })
    .optional(),
  LEDGER_SERVICE_TOKEN: z
    .string()
    .min(16, "must be at least 16 characters; make one with: openssl rand -hex 32")
    .optional(),
  CHANNEL_ENDPOINTS: endpoints.default({}),
  SIMULATOR_PORTS: jsonOf(z.strictObject(perKind(port))).default({}),
});

/** The environment, checked. Variable by variable as docs/operations.md names them. */
export type Environment = z.infer<typeof environmentSchema>;

/** What a part can't run without when it runs alone. */
const required: { readonly [role in Role]: readonly (keyof Environment)[] } = {
  all: [],
  ledger: [],
  hub: ["LEDGER_URL", "LEDGER_SERVICE_TOKEN", "STORE_DATABASE_URL"],
  worker: ["LEDGER_URL", "LEDGER_SERVICE_TOKEN", "STORE_DATABASE_URL", "LASTUNIT_KEYS"],
  gateway: ["LEDGER_URL", "LEDGER_SERVICE_TOKEN", "STORE_DATABASE_URL", "LASTUNIT_KEYS"],
};

const mends: { readonly [name in keyof Environment]?: string } = {
  LEDGER_URL: "the ledger's address, such as http://127.0.0.1:4010",
  LEDGER_SERVICE_TOKEN: "the same value the ledger was started with; make one with: openssl rand -hex 32",
  STORE_DATABASE_URL: "the hub's database, such as postgres://user:password@127.0.0.1:5432/store",
  LASTUNIT_KEYS: "the encryption keys, newest first; make one with: openssl rand -base64 32",
};

/**
 * Reads the environment once, at the entry point; everything else receives plain options.
 *
 * @throws {EnvironmentError} naming every problem at once, before anything starts.
 */
export function readEnvironment(variables: NodeJS.ProcessEnv, role: Role): Environment {
  // Compose files pass unset variables as empty text.
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = environmentSchema.safeParse(set);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message} (it is ${shown(set, issue.path)}).`);
  for (const name of required[role]) {
    if (set[name] === undefined) problems.push(`${name} must be set for the ${role}: ${mends[name]}.`);
  }
  if (set["NODE_ENV"] === "production" && set["CHANNEL_ENDPOINTS"] !== undefined) {
    problems.push("CHANNEL_ENDPOINTS is for development: unset it, or do not set NODE_ENV=production.");
  }
  if (!parsed.success || problems.length > 0) throw new EnvironmentError(problems);
  return Object.freeze(parsed.data);
}

const secrets = new Set(["LASTUNIT_KEYS", "LEDGER_BOOTSTRAP_TOKEN", "LEDGER_SERVICE_TOKEN"]);

/** The value as it was given; never a secret, nor a URL's password. */
function shown(variables: Record<string, unknown>, path: readonly PropertyKey[]): string {
  const name = String(path[0]);
  if (secrets.has(name)) return "not shown";
  return JSON.stringify(String(variables[name]).replace(/:\/\/[^@/]*@/, "://…@"));
}

function perKind<T extends z.ZodType>(schema: T) {
  const optional = schema.optional();
  return { shopify: optional, amazon: optional, ebay: optional, walmart: optional };
}

function jsonOf<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "must be JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

function isLoopback(text: string): boolean {
  const { protocol, hostname } = URL.parse(text) ?? {};
  if (protocol !== "http:" || hostname === undefined) return false;
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
