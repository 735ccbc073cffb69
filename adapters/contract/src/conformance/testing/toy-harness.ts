import { randomUUID } from "node:crypto";
import { createLogger } from "@lastunit/config";
import type { ChannelAdapter } from "../../adapter.ts";
import { createOutbound } from "../../outbound.ts";
import type { ConformanceHarness, MakeHarness } from "../harness.ts";
import { MemoryCredentials } from "../memory-credentials.ts";
import { unpaced } from "../unpaced.ts";
import { toyAdapter } from "./toy-adapter.ts";
import { ToyChannel, TOY_CONSENT_MS } from "./toy-channel.ts";

const log = createLogger({ level: "silent", name: "toy" });
const REDIRECT_URL = "https://hub.example/connected";

/** Breaks an adapter in one way; by default it is left whole. */
export type Break = (adapter: ChannelAdapter, channel: ToyChannel) => ChannelAdapter;

export function toyHarness(breaking: Break = (adapter) => adapter): MakeHarness {
  return async (seed): Promise<ConformanceHarness> => {
    const toy = new ToyChannel(seed);
    const adapter = breaking(toyAdapter(toy), toy);
    const settings = { account: "toy" };
    const credentials = new MemoryCredentials<object>({ accessToken: toy.token, webhookSecret: toy.secret });
    const outbound = createOutbound({ endpoints: {}, log });
    const pacer = seed.pacerFor?.(adapter) ?? unpaced;
    const channel = { channelId: "channel-1", settings, credentials, url: "https://hub.example/toy", outbound };
    const openSession: ConformanceHarness["openSession"] = (granted) =>
      adapter.open({
        ...channel,
        key: "webhook:toy",
        settings: granted?.settings ?? settings,
        credentials: granted ? new MemoryCredentials(granted.credentials) : credentials,
        pacer,
        log,
      });
    return {
      adapter,
      session: openSession(),
      openSession,
      settings,
      credentials,
      account: "toy",
      missing: "write_stock",
      consentLastsMs: TOY_CONSENT_MS,
      channel,
      strangersChannel: {
        ...channel,
        credentials: new MemoryCredentials<unknown>({ accessToken: "", webhookSecret: "another channel's" }),
      },
      deliveries: () => toy.deliveries,
      redeliver: async () => toy.redeliver(),
      async switchOff() {
        toy.subscribedTo = null;
      },
      async rotateSigning() {
        const earlierWebhookSecret = toy.secret;
        toy.secret = `secret-${randomUUID()}`;
        credentials.replace({ ...(await credentials.read()), webhookSecret: toy.secret, earlierWebhookSecret });
      },
      echoes: true,
      calls: () => toy.calls,
      unknownListing: (known) => ({ ...known, listingId: "unknown", sku: "NO-SUCH-SKU", externalId: "NO-SUCH-SKU" }),
      shown: (sku) => toy.books.item(sku).available,
      placeOrder: async (lines) => ({ orderId: toy.books.place(lines, "sold") }),
      hasHugeIds: true,
      cancelOrder: async (orderId) => toy.books.cancel(orderId),
      cancelUnits: async (orderId, units) => toy.books.cancelUnits(orderId, units),
      ship: async (orderId) => toy.books.ship(orderId),
      pending: {
        place: async (lines) => ({ orderId: toy.books.place(lines, "pending") }),
        settle: async (orderId) => toy.books.settle(orderId),
      },
      refund: async (orderId, refund) => toy.books.refund(orderId, refund),
      notifiesCancellations: true,
      fault: (fault) => toy.fault(fault),
      namesThrottleWait: true,
      namesRefill: true,
      stickFeed: () => void (toy.stuckFeeds += 1),
      expireToken: async () => void (toy.token = `token-${randomUUID()}`),
      revoke: () => void (toy.isRevoked = true),
      consent: {
        answers: { account: "toy" },
        redirectUrl: REDIRECT_URL,
        open: async (page, decision) => consentTo(toy, page, decision),
      },
      prices: { currency: "USD", shown: (sku) => toy.books.item(sku) },
      stop: async () => undefined,
    };
  };
}

/** A merchant in front of the toy's consent page. */
function consentTo(toy: ToyChannel, page: URL, decision: "agree" | "decline"): URLSearchParams {
  const state = page.searchParams.get("state") ?? "";
  if (decision === "decline") return new URLSearchParams({ state, error: "access_denied" });
  const code = `code-${randomUUID()}`;
  toy.codes.add(code);
  return new URLSearchParams({ state, code });
}
