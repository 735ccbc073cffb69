import fs from "node:fs";
import { input, password } from "@inquirer/prompts";
import type { Command } from "commander";
import { z } from "zod";
import { overConsent } from "./consent.ts";
import { describeImport, importProgress } from "./import-progress.ts";
import { openRemote, type Remote } from "./remote.ts";

interface ConnectOptions {
  readonly merchant: string;
  readonly location: string;
  readonly from?: string;
  readonly consent?: true;
}

const platforms = z.object({
  platforms: z.array(
    z.object({
      kind: z.string(),
      title: z.string(),
      consent_asks: z.array(z.string()).nullable(),
      fields: z.array(
        z.object({
          name: z.string(),
          label: z.string(),
          help: z.string(),
          sensitive: z.boolean(),
          required: z.boolean(),
          part: z.enum(["credentials", "settings"]),
        }),
      ),
    }),
  ),
});

type Platform = z.infer<typeof platforms>["platforms"][number];

const connected = z.object({
  channel_id: z.string(),
  channel_key: z.string(),
  account: z.string(),
  webhook_url: z.string().nullable(),
  listings: importProgress,
  problems: z.array(z.string()),
});

export function connectCommand(program: Command): void {
  program
    .command("connect")
    .description("connect a merchant's account on a platform; asks for what it needs")
    .argument("<kind>", "shopify, amazon, ebay, walmart or webhook")
    .requiredOption("--merchant <id>", "whose account it is")
    .option("--location <id>", "the ledger location its orders take units from", "default")
    .option("--from <file>", 'read the fields from a JSON file instead of asking ({"shop":"…"}); - for standard input')
    .option("--consent", "grant access on the platform's own page instead of giving its tokens")
    .action(async (kind: string, options: ConnectOptions) => {
      const remote = openRemote();
      const platform = asked(await findPlatform(remote, kind), options);
      const values = options.from === undefined ? await ask(platform) : readValues(options.from);
      const request = {
        merchantId: options.merchant,
        body: { kind, default_location_id: options.location, ...parted(platform, values) },
      };
      await remote.ledger.createMerchant(options.merchant);
      const made = options.consent
        ? await overConsent(remote, connected, request)
        : await remote.gateway(connected, "POST", "/v1/channels", request);
      process.stdout.write(report(made));
    });
}

/** Over the consent page only what it needs beforehand is asked for; it grants the rest. */
function asked(platform: Platform, { consent }: ConnectOptions): Platform {
  if (!consent) return platform;
  const { consent_asks: asks, title } = platform;
  if (asks === null) throw new Error(`${title} has no consent page: leave out --consent and give its fields.`);
  const fields = platform.fields
    .map((field) => ({ ...field, required: asks.includes(field.name) }))
    .filter((field) => field.required || field.part === "settings");
  return { ...platform, fields };
}

async function findPlatform(remote: Remote, kind: string): Promise<Platform> {
  const { platforms: known } = await remote.gateway(platforms, "GET", "/v1/platforms");
  const platform = known.find((one) => one.kind === kind);
  if (platform) return platform;
  throw new Error(`There is no platform ${kind}. Choose one of: ${known.map((one) => one.kind).join(", ")}.`);
}

async function ask(platform: Platform): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const field of platform.fields) {
    const message = `${field.label}${field.required ? "" : " (optional)"} – ${field.help}`;
    const validate = (value: string) => !field.required || value.trim() !== "" || "This is needed.";
    const value = field.sensitive
      ? await password({ message, mask: true, validate })
      : await input({ message, validate });
    if (value.trim() !== "") values[field.name] = value.trim();
  }
  return values;
}

function readValues(file: string): Record<string, string> {
  const isInput = file === "-";
  if (!isInput && !fs.existsSync(file)) throw new Error(`There is no file ${file}.`);
  const parsed = z.record(z.string(), z.string()).safeParse(parseJson(fs.readFileSync(isInput ? 0 : file, "utf8")));
  if (parsed.success) return parsed.data;
  const where = isInput ? "Standard input" : file;
  throw new Error(`${where} must hold one JSON object of texts, such as {"shop":"acme.myshopify.com"}.`);
}

/** The fields by the part they belong to; unknown and missing ones are refused here, before anything is sent. */
function parted(platform: Platform, values: Record<string, string>) {
  const missing = platform.fields.filter((field) => field.required && values[field.name] === undefined);
  if (missing.length > 0) {
    const lines = missing.map((field) => `  - ${field.name}: ${field.label}. ${field.help}`);
    throw new Error([`${platform.title} also needs:`, ...lines].join("\n"));
  }
  const parts = { credentials: {} as Record<string, string>, settings: {} as Record<string, string> };
  for (const [name, value] of Object.entries(values)) {
    const field = platform.fields.find((one) => one.name === name);
    if (!field) {
      const known = platform.fields.map((one) => one.name).join(", ");
      throw new Error(`${platform.title} has no field ${name}. It asks for: ${known}.`);
    }
    parts[field.part][name] = value;
  }
  return parts;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function report(made: z.infer<typeof connected>): string {
  const lines = [`Connected ${made.channel_key} as ${made.account}.`, `  ${describeImport(made.listings)}`];
  if (made.webhook_url !== null) lines.push(`  events arrive at ${made.webhook_url}`);
  for (const problem of made.problems) lines.push(`  ! ${problem}`);
  return `${lines.join("\n")}\n`;
}
