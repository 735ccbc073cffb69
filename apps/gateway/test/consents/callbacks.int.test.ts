import { afterEach, describe, expect, it, vi } from "vitest";
import { call } from "../calls.ts";
import { decide, useConsents } from "./fixtures.ts";

const its = useConsents();
const { begin, comeBack, find, finish } = its;

afterEach(() => vi.useRealTimers());

describe("a callback", () => {
  it.each(["", "?state=", "?state=unknown&code=1", "?code=1"])(
    "that nobody waits for is answered 404: %j",
    async (query) => {
      const answer = await call(its.url, `/consent/shopify/callback${query}`, { token: null });
      expect(answer).toMatchObject({ status: 404, contentType: "text/html; charset=utf-8" });
      expect(answer.text).toContain("Nobody waits for this consent");
    },
  );

  it("of an unknown platform is answered 400", async () => {
    expect((await call(its.url, "/consent/etsy/callback?state=x", { token: null })).status).toBe(400);
  });

  it("brought to another platform's door is answered 404 and changes nothing", async () => {
    const { id, page } = await begin("shopify");
    const callback = await decide(page);
    const elsewhere = new URL(callback.href.replace("/shopify/", "/amazon/"));
    expect((await comeBack(elsewhere)).status).toBe(404);
    expect((await find(id)).body.status).toBe("waiting");
    expect((await comeBack(callback)).status).toBe(200);
  });

  it("counts once: a second one with the same state is answered 404 and changes nothing", async () => {
    const { id, page } = await begin("ebay");
    const answers = await Promise.all([decide(page), decide(page)].map(async (back) => comeBack(await back)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404]);
    expect((await comeBack(await decide(page, "decline"))).status).toBe(404);
    expect((await find(id)).body.status).toBe("granted");
  });

  it("is exchanged at once: what Shopify signed more than 90 seconds ago is refused, finishing later is not", async () => {
    const late = await begin("shopify");
    const lateCallback = await decide(late.page);
    const timely = await begin("shopify");
    await comeBack(await decide(timely.page));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 91_000 });
    await comeBack(lateCallback);
    expect((await find(late.id)).body).toMatchObject({ status: "refused", reason: expect.stringContaining("too old") });
    expect((await finish(timely.id)).status).toBe(201);
  });

  it("while the platform does not answer can come again: 503, then granted", async () => {
    const { account, id, page } = await begin("walmart");
    const callback = await decide(page);
    its.world.simulators.walmart.fault({ account, times: 10, effect: { type: "status", status: 503 } });
    const away = await comeBack(callback);
    expect(away).toMatchObject({ status: 503, contentType: "text/html; charset=utf-8" });
    expect(away.text).toContain("Reload this page");
    expect((await find(id)).body.status).toBe("waiting");
    its.world.simulators.walmart.clearFaults();
    expect((await comeBack(callback)).status).toBe(200);
    expect((await find(id)).body.status).toBe("granted");
  });

  it("after half an hour is answered 404, and the consent is forgotten", async () => {
    const { id, page } = await begin("ebay");
    const callback = await decide(page);
    await its.world.store.query("update consent set expires_at = clock_timestamp() where consent_id = $1", [id]);
    expect((await comeBack(callback)).status).toBe(404);
    expect((await find(id)).status).toBe(404);
    expect((await finish(id)).status).toBe(404);
    await begin("ebay");
    expect((await its.world.store.query("select 1 from consent where consent_id = $1", [id])).rowCount).toBe(0);
  });
});
