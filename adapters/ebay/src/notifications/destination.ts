import { ChannelError } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { EbaySettings } from "../connection.ts";
import { listAll } from "./list-all.ts";
import type { Mending, Subscriber } from "./mending.ts";

const Config = z.object({ alertEmail: z.string().optional() });
const Destination = z.object({
  destinationId: z.string(),
  status: z.string(),
  deliveryConfig: z.object({ endpoint: z.string(), verificationToken: z.string().optional() }),
});
type Destination = z.infer<typeof Destination>;
const Created = z.object({ headers: z.object({ location: z.string() }) });
const nothing = z.unknown();
const DESTINATION_EXISTS = "195021";

interface Endpoint {
  readonly url: string;
  readonly verificationToken: string;
}

/**
 * The keyset's destination for our endpoint, made, or mended where its token or status is not ours (`MARKED_DOWN`
 * when deliveries failed). @returns its id.
 */
export async function ensureDestination(
  application: Subscriber,
  settings: EbaySettings,
  endpoint: Endpoint,
  mended: Mending,
): Promise<string> {
  await ensureAlertEmail(application, settings, endpoint.url, mended);
  const body = {
    name: `Lastunit ${new URL(endpoint.url).hostname}`.slice(0, 64),
    status: "ENABLED",
    deliveryConfig: { endpoint: endpoint.url, verificationToken: endpoint.verificationToken },
  };
  const known = await findDestination(application, endpoint.url);
  if (!known) {
    const made = await createDestination(application, body, endpoint.url);
    mended.push(`eBay did not know the address ${endpoint.url}: entered as a destination.`);
    return made;
  }
  const damage = damageTo(known, endpoint);
  // eBay's documents leave open whether it tells the token; where it does not, it is given ours in any case.
  const isTokenTold = known.deliveryConfig.verificationToken !== undefined;
  if (damage !== undefined || !isTokenTold) {
    await application(nothing, (api) => api.commerce.notification.updateDestination(known.destinationId, body));
  }
  if (damage !== undefined) mended.push(`The destination ${endpoint.url} ${damage}: mended.`);
  return known.destinationId;
}

function damageTo({ status, deliveryConfig }: Destination, { verificationToken }: Endpoint): string | undefined {
  if (status !== "ENABLED") return `was ${status} (eBay does that when deliveries fail)`;
  const told = deliveryConfig.verificationToken ?? verificationToken;
  return told === verificationToken ? undefined : "had another verification token";
}

/** Without an alert address eBay refuses destinations (195003). One that is set already stays, unless ours differs. */
async function ensureAlertEmail(
  application: Subscriber,
  settings: EbaySettings,
  url: string,
  mended: Mending,
): Promise<void> {
  const set = await currentAlertEmail(application);
  const alertEmail = settings.alertEmail ?? set ?? `ebay-alerts@${new URL(url).hostname}`;
  if (alertEmail === set) return;
  await application(nothing, (api) => api.commerce.notification.updateConfig({ alertEmail }));
  mended.push(`eBay's alerts went to ${set ?? "nobody"}: now to ${alertEmail}.`);
}

/** eBay answers 404 (195026) when none was ever set. */
async function currentAlertEmail(application: Subscriber): Promise<string | undefined> {
  try {
    return (await application(Config, (api) => api.commerce.notification.getConfig())).alertEmail;
  } catch (error) {
    if (error instanceof ChannelError && error.failure === "rejected" && error.httpStatus === 404) return undefined;
    throw error;
  }
}

async function findDestination(application: Subscriber, url: string): Promise<Destination | undefined> {
  const Page = z.object({ destinations: z.array(Destination).default([]), next: z.string().optional() });
  const all = await listAll(async (page) => {
    const { destinations, next } = await application(Page, (api) => api.commerce.notification.getDestinations(page));
    return { items: destinations, next };
  });
  return all.find(({ deliveryConfig }) => deliveryConfig.endpoint === url);
}

/**
 * The new id is the last part of the Location header, which the package gives only with the whole response. Where
 * another process has entered the address meanwhile (195021), it is that one's.
 */
async function createDestination(application: Subscriber, body: object, url: string): Promise<string> {
  try {
    const { headers } = await application(Created, (api) =>
      api.commerce.notification.api({ returnResponse: true }).createDestination(body),
    );
    return headers.location.slice(headers.location.lastIndexOf("/") + 1);
  } catch (error) {
    if (!(error instanceof ChannelError) || error.code !== DESTINATION_EXISTS) throw error;
    const known = await findDestination(application, url);
    if (!known) throw error;
    return known.destinationId;
  }
}
