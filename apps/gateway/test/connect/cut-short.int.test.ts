import { listChannels } from "@lastunit/store";
import { until } from "@lastunit/test-support";
import { describe, expect, it } from "vitest";
import { channelOf, everythingStored } from "../accounts.ts";
import { call, newSecret, sender } from "../calls.ts";
import { useConnect } from "./fixtures.ts";

const its = useConnect(["shopify", "walmart"]);
const { connect, open } = its;

describe("a connection that is cut short", () => {
  it("while events are subscribed to: is connected all the same, with the problem named", async () => {
    const { account, request } = await open("shopify");
    its.world.simulators.shopify.fault({
      account,
      operation: "webhookSubscriptions",
      times: 10,
      effect: { type: "status", status: 503 },
    });
    const answer = await connect(request);
    expect(answer.status).toBe(201);
    expect(answer.body.problems).toEqual([expect.stringContaining("orders are polled instead")]);
    expect(await channelOf(its.world, answer)).toMatchObject({ status: "active" });
  });

  it("while listings are imported: the import waits, says why, and goes on by itself", async () => {
    const { account, request } = await open("walmart");
    its.world.simulators.walmart.fault({
      account,
      operation: "getAllItems",
      times: 1,
      effect: { type: "status", status: 500 },
    });
    const answer = await connect(request);
    expect(answer).toMatchObject({
      status: 201,
      body: { listings: { status: "waiting", imported: 0, error: expect.any(String) } },
    });
    expect(await channelOf(its.world, answer)).toMatchObject({ status: "active", statusReason: null });
    const path = `/v1/channels/${answer.body.channel_id}/import`;
    const finished = await until("the import went on", async () => {
      const { body } = await call(its.url, path);
      return body.status === "finished" ? body : undefined;
    });
    expect(finished).toMatchObject({ imported: 2, error: null, matched: { ambiguous: 0 } });
  });

  it("while listings are imported, by another channel's large catalog: its import goes on beside that", async () => {
    const { store } = its.world;
    const large = await waiting();
    const holder = await store.connect();
    try {
      // What it reads can't be stored until we let go, as if there were no end of it.
      await holder.query("begin");
      await holder.query("select from channel where channel_id = $1 for update", [large]);
      const small = await waiting();
      await store.query("update listing_import set due_at = now()");
      await until("the large one is at work", async () => {
        return (await store.query("select from pg_locks where not granted")).rowCount;
      });
      await until("the small one ends", async () => (await statusOf(small)) === "finished");
      expect(await statusOf(large)).not.toBe("finished");
    } finally {
      await holder.query("rollback");
      holder.release();
    }
    await until("the large one ends", async () => (await statusOf(large)) === "finished");
  });

  /** A channel whose import waits: the platform did not answer. */
  async function waiting(): Promise<string> {
    const { account, request } = await open("walmart");
    const effect = { type: "status", status: 500 } as const;
    its.world.simulators.walmart.fault({ account, operation: "getAllItems", effect });
    const { body } = await connect(request);
    expect(body.listings.status).toBe("waiting");
    return body.channel_id;
  }

  const statusOf = async (channelId: string) => (await call(its.url, `/v1/channels/${channelId}/import`)).body.status;

  it("while listings are imported, by our own failure: the import says so, and goes on once that is mended", async () => {
    const { request } = await open("walmart");
    await its.world.store.query(
      "create function refuse_listing() returns trigger language plpgsql as $$ begin raise 'no room'; end $$",
    );
    await its.world.store.query(
      "create trigger refuse before insert on listing for each row execute function refuse_listing()",
    );
    const answer = await connect(request);
    const error = "Something went wrong here; the log tells what.";
    expect(answer).toMatchObject({ status: 201, body: { listings: { status: "waiting", imported: 0, error } } });
    expect(its.world.logged()).toContain("no room");

    await its.world.store.query("drop trigger refuse on listing");
    await its.world.store.query("update listing_import set due_at = now()");
    await until("the import went on", async () => {
      const { body } = await call(its.url, `/v1/channels/${answer.body.channel_id}/import`);
      return body.status === "finished" && body.imported === 2;
    });
  });

  it("by our own failure at any later step: the same call completes it", async () => {
    const body = sender("Cut short", newSecret());
    await its.world.store.query(
      "create function refuse() returns trigger language plpgsql as $$ begin raise 'no room'; end $$",
    );
    for (const table of ["channel_credential", "channel_location"]) {
      await its.world.store.query(
        `create trigger refuse before insert on ${table} for each row execute function refuse()`,
      );
      const cut = await connect({ ...body, locations: [{ location_id: "WH-1" }] });
      expect(cut.status).toBe(500);
      const [left] = (await listChannels(its.world.store)).filter(
        (channel) => channel.channelKey === "webhook:cut-short",
      );
      expect(left).toMatchObject({
        status: "needs_reconnect",
        statusReason: expect.stringContaining("connect it again"),
      });
      await its.world.store.query(`drop trigger refuse on ${table}`);
    }
    const again = await connect(body);
    expect(again.status).toBe(201);
    expect(await channelOf(its.world, again)).toMatchObject({ status: "active", statusReason: null });
  });

  it("because the platform does not answer: 503, to be tried again, and keeps nothing", async () => {
    const { account, request } = await open("shopify");
    const before = await everythingStored(its.world);
    its.world.simulators.shopify.fault({ account, times: 10, effect: { type: "status", status: 503 } });
    const answer = await connect(request);
    expect(answer).toMatchObject({ status: 503, body: { code: "platform_unavailable" } });
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await everythingStored(its.world)).toBe(before);
  });
});
