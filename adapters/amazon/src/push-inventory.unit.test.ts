import type { ListingRef } from "@lastunit/adapter-contract";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { useNock } from "@lastunit/adapter-contract/nocked";
import type nock from "nock";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  amazon,
  channelErrorOf,
  connect,
  errors,
  ITEMS,
  listing,
  oneAtATime,
  quotaExceeded,
} from "./testing/harness.ts";

/** One over five a second, and up to half as much again. */
const isWait = (ms: number) => ms >= 200 && ms <= 300;
const accepted = { sku: "any", status: "ACCEPTED", submissionId: "f1dc2914", issues: [] };
const query = { marketplaceIds: "ATVPDKIKX0DER", issueLocale: "en_US" };
const patch = (sku: string) => amazon().patch(`${ITEMS}/${sku}`).query(query);
const updatesOf = (...listings: ListingRef[]) =>
  listings.map((one, index) => ({ listing: one, quantity: index, expected: null, position: 1 }));
/** What Amazon says of who fulfills these. */
const looked = (channel: string, ...skus: string[]) =>
  amazon()
    .get(ITEMS)
    .query((query) => query["identifiers"] === skus.join(","))
    .reply(200, {
      items: skus.map((sku) => ({ sku, fulfillmentAvailability: [{ fulfillmentChannelCode: channel }] })),
    });
/** As a push of listings of which each is still the merchant's own. */
const push = (...listings: ListingRef[]) => {
  looked("DEFAULT", ...listings.map(({ externalId }) => externalId));
  return connect().session.pushInventory(updatesOf(...listings), callWithin());
};

describe("pushInventory", () => {
  useNock();

  it("merges the quantity into the merchant's entry, so that the handling time stays", async () => {
    amazon()
      .patch(`${ITEMS}/CAP`, {
        productType: "SHIRT",
        patches: [
          {
            op: "merge",
            path: "/attributes/fulfillment_availability",
            value: [{ fulfillment_channel_code: "DEFAULT", quantity: 0 }],
          },
        ],
      })
      .query(query)
      .reply(200, accepted);
    expect(await push(listing("CAP"))).toEqual([{ status: "accepted" }]);
  });

  it("encodes a SKU once, also when the same listing is pushed again", async () => {
    const odd = listing("A/B C(1)");
    amazon().patch(`${ITEMS}/A%2FB%20C%281%29`).query(query).times(2).reply(200, accepted);
    await push(odd);
    await push(odd);
    expect(odd).toEqual(listing("A/B C(1)"));
  });

  it("rejects with Amazon's own issues when the status is INVALID in a 200", async () => {
    const issues = [
      { code: "18155", message: "Just a warning.", severity: "WARNING" },
      { code: "90220", message: "'color' is required.", severity: "ERROR" },
    ];
    patch("CAP").reply(200, { ...accepted, status: "INVALID", issues });
    expect(await push(listing("CAP"))).toEqual([
      { status: "rejected", code: "90220", message: "'color' is required." },
    ]);
  });

  it("logs what Amazon warns of when it accepts, for the listing may be hidden all the same", async () => {
    const issues = [{ code: "18155", message: "The price is below the minimum.", severity: "WARNING" }];
    patch("CAP").reply(200, { ...accepted, issues });
    looked("DEFAULT", "CAP");
    const call = callWithin();
    const warned = vi.spyOn(call.log, "warn");
    const pushed = connect().session.pushInventory(updatesOf(listing("CAP")), call);
    expect(await pushed).toEqual([{ status: "accepted" }]);
    expect(warned.mock.calls).toEqual([
      [{ sku: "CAP", issues: ["18155: The price is below the minimum."] }, expect.any(String)],
    ]);
  });

  it.each([{}, { code: null }, { code: "" }])(
    "takes ACCEPTED for what it is, whatever code an issue has: %o",
    async (code) => {
      const issues = [{ ...code, message: "The price is below the minimum.", severity: "WARNING" }];
      patch("CAP").reply(200, { ...accepted, issues });
      expect(await push(listing("CAP"))).toEqual([{ status: "accepted" }]);
    },
  );

  it("keeps no token that an issue names", async () => {
    const issues = [{ code: "90220", message: "The token Atza|token-1 is wrong.", severity: "ERROR" }];
    patch("CAP").reply(200, { ...accepted, status: "INVALID", issues });
    expect(await push(listing("CAP"))).toMatchObject([{ message: "The token [secret] is wrong." }]);
  });

  it("does not take VALID, the answer to a preview, for a change that was made", async () => {
    patch("CAP").reply(200, { ...accepted, status: "VALID" });
    const error = await channelErrorOf(push(listing("CAP")));
    expect(error).toMatchObject({ failure: "unavailable", code: "unreadable_answer" });
  });

  it.each([400, 404])("rejects an item that Amazon answers with %s, beside one it takes", async (status) => {
    patch("GONE").reply(status, errors("NOT_FOUND", "SKU 'GONE' not found"));
    patch("CAP").reply(200, accepted);
    expect(await push(listing("GONE"), listing("CAP"))).toEqual([
      { status: "rejected", code: "NOT_FOUND", message: "NOT_FOUND: SKU 'GONE' not found" },
      { status: "accepted" },
    ]);
  });

  it.each(["AMAZON_NA", "supply-source-1", null])("never writes a listing fulfilled through %s", async (channel) => {
    const pushed = connect().session.pushInventory(updatesOf(listing("FBA", channel)), callWithin());
    expect(await pushed).toMatchObject([{ status: "rejected", code: "not_merchant_fulfilled" }]);
  });

  it("never writes a listing of which it is not known who fulfills it", async () => {
    const unknown = { ...listing("CAP"), external: {} };
    expect(await connect().session.pushInventory(updatesOf(unknown), callWithin())).toMatchObject([
      { status: "rejected", code: "not_imported" },
    ]);
  });

  it("reports what was accepted when others of the call are throttled or lost", async () => {
    patch("A").reply(429, quotaExceeded);
    patch("B").reply(200, accepted);
    patch("C").replyWithError(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    expect(await push(listing("A"), listing("B"), listing("C"))).toMatchObject([
      { status: "throttled", retryAfterMs: expect.toSatisfy(isWait) },
      { status: "accepted" },
      { status: "retry", code: "ECONNRESET" },
    ]);
  });

  it.each([
    ["4000000", { status: "retry", code: "4000000" }],
    ["90220", { status: "rejected", code: "90220" }],
  ])("tells an internal error of Amazon's, which may pass, from an item's own: %s", async (code, outcome) => {
    const issues = [{ code, message: "An internal error has occurred. Try again.", severity: "ERROR" }];
    patch("CAP").reply(200, { ...accepted, status: "INVALID", issues });
    expect(await push(listing("CAP"))).toMatchObject([outcome]);
  });

  it("sends none that still waits for its turn once another was throttled", async () => {
    patch("A").reply(429, quotaExceeded);
    const { session } = connect({ pacer: oneAtATime() });
    looked("DEFAULT", "A", "B", "C");
    const updates = updatesOf(listing("A"), listing("B"), listing("C"));
    const error = await channelErrorOf(session.pushInventory(updates, callWithin()));
    expect(error).toMatchObject({ failure: "rate_limited" });
  });

  it("says rate_limited when all were throttled", async () => {
    patch("A").reply(429, quotaExceeded);
    patch("B").reply(429, quotaExceeded);
    expect(await channelErrorOf(push(listing("A"), listing("B")))).toMatchObject({
      failure: "rate_limited",
      retryAfterMs: expect.toSatisfy(isWait),
    });
  });
});

describe("a listing that was the merchant's own when it was imported", () => {
  useNock();
  afterEach(() => void vi.useRealTimers());

  const accepting = (times: number) => patch("CAP").times(times).reply(200, accepted);
  const pushing = (session: ReturnType<typeof connect>["session"]) => () =>
    session.pushInventory(updatesOf(listing("CAP")), callWithin());
  const fba = { status: "rejected", code: "not_merchant_fulfilled", message: expect.stringContaining("import") };

  it.each(["AMAZON_NA", "supply-source-1"])("is not written when it is now fulfilled through %s", async (channel) => {
    looked(channel, "CAP");
    expect(await pushing(connect().session)()).toMatchObject([fba]);
  });

  it("is written when it is not found: Amazon then says what is wrong with it", async () => {
    amazon().get(ITEMS).query(true).reply(200, { items: [] });
    accepting(1);
    expect(await pushing(connect().session)()).toEqual([{ status: "accepted" }]);
  });

  it("is looked at no more than once an hour", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const expires = new Date(Date.now() + 10 * 3_600_000).toISOString();
    const pushNow = pushing(connect({ credentials: { accessTokenExpiresAt: expires } }).session);
    looked("DEFAULT", "CAP");
    accepting(2);
    await pushNow();
    vi.setSystemTime(Date.now() + 59 * 60_000);
    expect(await pushNow()).toEqual([{ status: "accepted" }]);
    vi.setSystemTime(Date.now() + 60_000);
    looked("AMAZON_NA", "CAP");
    expect(await pushNow()).toMatchObject([fba]);
  });

  it("is written again once it was handed back, without an hour's wait, and is not while nobody says so", async () => {
    const pushNow = pushing(connect().session);
    looked("AMAZON_NA", "CAP");
    expect(await pushNow()).toMatchObject([fba]);
    amazon().get(ITEMS).query(true).reply(503, "<html>busy</html>");
    expect(await pushNow()).toMatchObject([fba]);
    looked("DEFAULT", "CAP");
    accepting(1);
    expect(await pushNow()).toEqual([{ status: "accepted" }]);
  });

  it("is not looked at again when it was just read back", async () => {
    looked("DEFAULT", "CAP");
    accepting(1);
    const { session } = connect();
    await session.readInventory([listing("CAP")], callWithin());
    expect(await pushing(session)()).toEqual([{ status: "accepted" }]);
  });

  it.each([
    ["refuses", (look: nock.Interceptor) => look.reply(503, "<html>busy</html>")],
    ["leaves unanswered", (look: nock.Interceptor) => look.delay(20_000).reply(200, { items: [] })],
  ])(
    "is written as before when Amazon %s the look, for units sold elsewhere must not stay on sale",
    async (_name, answer) => {
      answer(amazon().get(ITEMS).query(true));
      accepting(1);
      expect(await pushing(connect().session)()).toEqual([{ status: "accepted" }]);
    },
  );

  it("is not written when the look is refused for the credentials, which would be refused again", async () => {
    amazon().get(ITEMS).query(true).reply(403, errors("Unauthorized", "Access to requested resource is denied."));
    expect(await channelErrorOf(pushing(connect().session)())).toMatchObject({ failure: "unauthorized" });
  });
});
