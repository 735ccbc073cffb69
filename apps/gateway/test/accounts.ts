import type { SimulatedAccount, SimulatedKind } from "@lastunit/simulators";
import { createCredentialBox, listChannels, type Channel } from "@lastunit/store";
import type { Answer } from "./calls.ts";
import type { World } from "./world.ts";

/** All that are simulated. */
export const platforms: readonly SimulatedKind[] = ["shopify", "amazon", "ebay", "walmart"];

let accounts = 0;

/** Opens an account of its own name on a simulated platform, with two listings: three units of A, and no B. */
export async function openAccount({ simulators }: World, kind: SimulatedKind): Promise<SimulatedAccount> {
  accounts += 1;
  const listings = [
    { sku: "A", quantity: 3 },
    { sku: "B", quantity: 0 },
  ];
  return await simulators[kind].addAccount({ account: `shop-${accounts}`, listings });
}

/** The two locations of a shop, as Shopify tells them. */
const twoLocations = JSON.stringify({
  data: {
    locations: {
      nodes: [
        { id: "gid://shopify/Location/1", name: "Shop" },
        { id: "gid://shopify/Location/2", name: "Warehouse" },
      ],
      pageInfo: { hasNextPage: false, endCursor: null },
    },
  },
});

/** Has the shop say that it has two locations, so many times. */
export function answerTwoLocations({ simulators }: World, account: string, times: number): void {
  const headers = { "content-type": "application/json" };
  const effect = { type: "status", status: 200, body: twoLocations, headers } as const;
  simulators.shopify.fault({ account, operation: "locations", times, effect });
}

/** The channel that an answer names. */
export async function channelOf({ store }: World, { body }: Pick<Answer, "body">): Promise<Channel | undefined> {
  return (await listChannels(store)).find((channel) => channel.channelId === body.channel_id);
}

/** The credentials that are stored of the channel that an answer names, in clear. */
export async function credentialsOf(world: World, answer: Pick<Answer, "body">) {
  const channel = await channelOf(world, answer);
  if (!channel) throw new Error("there is no channel");
  return await createCredentialBox(world.store, world.vault, channel, (stored) => Object(stored)).read();
}

/** Everything the store's tables say, as text: what a thief of the database reads. */
export async function everythingStored({ store }: World): Promise<string> {
  const tables = ["merchant", "channel", "channel_credential", "channel_location", "consent", "listing", "inbox"];
  const rows = await Promise.all(tables.map(async (table) => (await store.query(`select * from ${table}`)).rows));
  return JSON.stringify(rows);
}
