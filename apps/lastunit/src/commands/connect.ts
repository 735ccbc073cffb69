import fs from "node:fs";
import { input, password } from "@inquirer/prompts";
import { messageOf } from "@lastunit/config";
import { Option, type Command } from "commander";
import { z } from "zod";
import { overConsent, type Grant } from "./consent.ts";
import { findChannelId } from "./find-channel.ts";
import { describeImport, importProgress } from "./import-progress.ts";
import { connectWithLocations, pairsOf, type Mapping, type NamedPair } from "./locations.ts";
import { openRemote, type Remote } from "./remote.ts";
import { describeFailure, isInterruption } from "../start/failure.ts";

interface ConnectOptions {
  readonly merchant: string;
  readonly location?: string;
  readonly map?: readonly NamedPair[];
  readonly from?: string;
  readonly consent?: true;
  readonly again?: string;
}

const platforms = z.object({
  platforms: z.array(
    z.object({
      kind: z.string(),
      title: z.string(),
      consent_asks: z.array(z.string()).nullable(),
      consent_takes: z.array(z.string()),
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
type Field = Platform["fields"][number];

const channel = z.object({ settings: z.record(z.string(), z.string()) });

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
    .option(
      "--location <id>",
      'the ledger location that feeds it where nothing is mapped, and that its orders take units from when they name none (default: the first that is mapped, else "default")',
    )
    .addOption(
      new Option(
        "--map <channel's=ledger's>",
        "which ledger location feeds which of the channel's, by its id or name; once for each, where it has several",
      ).argParser(pairsOf),
    )
    .option("--from <file>", 'read the fields from a JSON file instead of asking ({"shop":"…"}); - for standard input')
    .option("--consent", "grant access on the platform's own page instead of giving its tokens")
    .option(
      "--again <channel>",
      "give a channel that is connected new credentials of its account, by its key (shopify:acme); what is not given stays",
    )
    .action(async (kind: string, options: ConnectOptions) => {
      const remote = openRemote();
      const { merchant: merchantId, again } = options;
      const channelId = again === undefined ? undefined : await findChannelId(remote, again, merchantId);
      const platform = asked(await findPlatform(remote, kind), options);
      const values =
        options.from === undefined
          ? await ask(platform, await settingsOf(remote, merchantId, channelId))
          : readValues(options.from);
      const fields = { kind, channel_id: channelId, ...parted(platform, values) };
      const bodyWith = (locations: readonly Mapping[] | undefined) => ({
        ...fields,
        default_location_id: options.location,
        locations,
      });
      if (channelId === undefined) await remote.ledger.createMerchant(merchantId);
      const grant = options.consent ? await overConsent(remote, { merchantId, body: bodyWith(undefined) }) : undefined;
      const connect = (locations: readonly Mapping[] | undefined) =>
        grant === undefined
          ? remote.gateway(connected, "POST", "/v1/channels", { merchantId, body: bodyWith(locations) })
          : remote.gateway(connected, "POST", grant.finish, {
              merchantId,
              body: locations && { locations },
            });
      const made = await connectWithLocations(connect, {
        pairs: options.map,
        mayAsk: options.from === undefined,
      }).catch((error: unknown) => {
        throw grant === undefined ? error : unfinished(error, platform, grant);
      });
      process.stdout.write(report(made));
    });
}

/**
 * What to ask for: over the consent page only what it needs beforehand, what it can't grant, and the settings. A channel
 * that is connected again has its settings already.
 */
function asked(platform: Platform, { consent, again }: ConnectOptions): Platform {
  const { consent_asks: asks, consent_takes: takes, title } = platform;
  if (consent && asks === null)
    throw new Error(`${title} has no consent page: leave out --consent and give its fields.`);
  const needed = platform.fields.map((field) => {
    const isNeeded = consent ? (asks ?? []).includes(field.name) : field.required;
    return { ...field, required: isNeeded && !(again !== undefined && field.part === "settings") };
  });
  const isAsked = ({ name, part, required }: Field) => required || part === "settings" || takes.includes(name);
  const fields = needed.filter((field) => !consent || isAsked(field));
  return { ...platform, fields };
}

async function findPlatform(remote: Remote, kind: string): Promise<Platform> {
  const { platforms: known } = await remote.gateway(platforms, "GET", "/v1/platforms");
  const platform = known.find((one) => one.kind === kind);
  if (platform) return platform;
  throw new Error(`There is no platform ${kind}. Choose one of: ${known.map((one) => one.kind).join(", ")}.`);
}

/** What a channel that is connected again was connected with; nothing of a new one. */
async function settingsOf(
  remote: Remote,
  merchantId: string,
  channelId: string | undefined,
): Promise<Record<string, string>> {
  if (channelId === undefined) return {};
  return (await remote.gateway(channel, "GET", `/v1/channels/${channelId}`, { merchantId })).settings;
}

/** @param known stays where it is not changed; what of it is emptied is taken away. */
async function ask(platform: Platform, known: Record<string, string>): Promise<Record<string, string>> {
  if (!process.stdin.isTTY) {
    throw new Error(
      `There is no terminal to ask on: give the fields of ${platform.title} with --from <file>, or --from -.`,
    );
  }
  const values: Record<string, string> = {};
  for (const field of platform.fields) {
    const message = `${field.label}${field.required ? "" : " (optional)"} – ${field.help}`;
    const validate = (value: string) => !field.required || value.trim() !== "" || "This is needed.";
    const value = field.sensitive
      ? await password({ message, mask: true, validate })
      : await input({ message, validate, default: known[field.name] ?? "" });
    if (value.trim() !== "" || field.name in known) values[field.name] = value.trim();
  }
  return values;
}

function readValues(file: string): Record<string, string> {
  const isInput = file === "-";
  const parsed = z
    .record(z.string(), z.string())
    .safeParse(parseJson(isInput ? fs.readFileSync(0, "utf8") : read(file)));
  if (parsed.success) return parsed.data;
  const where = isInput ? "Standard input" : file;
  throw new Error(`${where} must hold one JSON object of texts, such as {"shop":"acme.myshopify.com"}.`);
}

function read(file: string): string {
  if (!fs.existsSync(file)) throw new Error(`There is no file ${file}.`);
  try {
    return fs.readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(`${file} can't be read: ${messageOf(cause)}`, { cause });
  }
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

/** Says what was done all the same, and how to go on: who has consented need not do so again. */
function unfinished(error: unknown, { title }: Platform, { page, expiresAt }: Grant): Error {
  const why = isInterruption(error) ? "Interrupted: nothing was connected." : describeFailure(error);
  const goOn = `${title} has granted access. Until ${expiresAt} you can finish on this page, without being asked there again:`;
  return new Error(`${why}\n${goOn}\n\n  ${page}`, { cause: error });
}

function report(made: z.infer<typeof connected>): string {
  const lines = [`Connected ${made.channel_key} as ${made.account}.`, `  ${describeImport(made.listings)}`];
  if (made.webhook_url !== null) lines.push(`  events arrive at ${made.webhook_url}`);
  for (const problem of made.problems) lines.push(`  ! ${problem}`);
  return `${lines.join("\n")}\n`;
}
