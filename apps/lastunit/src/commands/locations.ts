import { input } from "@inquirer/prompts";
import { InvalidArgumentError } from "commander";
import { GatewayRefusal } from "./remote.ts";

/** A location on the channel as it was named (by its id or its name), and the ledger location that feeds it. */
export interface NamedPair {
  readonly external: string;
  readonly locationId: string;
}

/** As the gateway takes it. */
export interface Mapping {
  readonly location_id: string;
  readonly external_location_id: string;
}

type Place = GatewayRefusal["locations"][number];

/** Reads one `--map` after the others. @throws {InvalidArgumentError} */
export function pairsOf(text: string, before: readonly NamedPair[] = []): readonly NamedPair[] {
  const at = text.lastIndexOf("=");
  const pair = { external: text.slice(0, Math.max(at, 0)).trim(), locationId: text.slice(at + 1).trim() };
  if (at < 0 || pair.external === "" || pair.locationId === "") {
    throw new InvalidArgumentError("It must be <channel's location>=<ledger location>, such as 'Main Street=WH-1'.");
  }
  const isKnown = before.some((one) => one.external === pair.external && one.locationId === pair.locationId);
  if (isKnown) throw new InvalidArgumentError("It is given twice.");
  return [...before, pair];
}

/**
 * Connects, and says which ledger location feeds which of the channel's where that has several. Only the gateway can
 * know the channel's locations, and tells them when it refuses.
 *
 * @param connect may be called again after a refusal over locations.
 * @param told.pairs given beforehand.
 * @param told.mayAsk whether somebody sits there to be asked.
 */
export async function connectWithLocations<T>(
  connect: (locations: readonly Mapping[] | undefined) => Promise<T>,
  { pairs, mayAsk }: { readonly pairs: readonly NamedPair[] | undefined; readonly mayAsk: boolean },
): Promise<T> {
  try {
    return await connect(pairs?.map((pair) => ({ location_id: pair.locationId, external_location_id: pair.external })));
  } catch (error) {
    if (!(error instanceof GatewayRefusal) || error.locations.length === 0) throw error;
    if (pairs) return await connect(pairs.map((pair) => byName(pair, error.locations)));
    if (mayAsk) return await connect(await ask(error.locations));
    throw new Error(required(error.locations), { cause: error });
  }
}

/** By its id, else by its name where only one has it. */
function byName({ external, locationId }: NamedPair, places: readonly Place[]): Mapping {
  const named = places.filter((place) => place.name === external);
  const found = places.find((place) => place.external_location_id === external) ?? named[0];
  if (named.length > 1)
    throw new Error(`Several locations of this account are called ${external}: use the id.\n${listOf(places)}`);
  if (!found) throw new Error(`This account has no location ${external}. It has:\n${listOf(places)}`);
  return { location_id: locationId, external_location_id: found.external_location_id };
}

async function ask(places: readonly Place[]): Promise<Mapping[]> {
  process.stderr.write("This account has several locations. Which ledger location feeds which? Empty: left alone.\n");
  const mappings: Mapping[] = [];
  for (const [index, { external_location_id, name }] of places.entries()) {
    const isLast = index === places.length - 1;
    const locationId = await input({
      message: `${name} (${external_location_id})`,
      validate: (text) => text.trim() !== "" || !isLast || mappings.length > 0 || "At least one is needed.",
    });
    if (locationId.trim() !== "") mappings.push({ location_id: locationId.trim(), external_location_id });
  }
  return mappings;
}

function required(places: readonly Place[]): string {
  return (
    "This account has several locations. Say which ledger location feeds which, with --map once for each; " +
    `a location that is left out is left alone:\n${listOf(places)}`
  );
}

function listOf(places: readonly Place[]): string {
  return places
    .map(({ external_location_id, name }) => `  - --map '${external_location_id}=<ledger location>'  (${name})`)
    .join("\n");
}
