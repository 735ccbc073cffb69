import { listChannelLocations, listChannels, listListings } from "@lastunit/store";
import { describe, expect, it } from "vitest";
import { answerTwoLocations, channelOf } from "../accounts.ts";
import { call, newSecret, sender } from "../calls.ts";
import { useConnect } from "./fixtures.ts";

const its = useConnect(["shopify", "ebay"]);
const { connect, open } = its;

describe("an account with several locations", () => {
  it("is answered 422 with the list when no mapping says which ledger location feeds which", async () => {
    const { account, request } = await open("shopify");
    answerTwoLocations(its.world, account, 2);
    expect(await connect(request)).toMatchObject({
      status: 422,
      body: {
        code: "locations_required",
        locations: [
          { external_location_id: "gid://shopify/Location/1", name: "Shop" },
          { external_location_id: "gid://shopify/Location/2", name: "Warehouse" },
        ],
      },
    });
  });

  it("is answered the same when the mapping does not say for which of them", async () => {
    const { account, request } = await open("shopify");
    answerTwoLocations(its.world, account, 2);
    const answer = await connect({ ...request, locations: [{ location_id: "WH-1" }] });
    expect(answer).toMatchObject({ status: 422, body: { code: "locations_required" } });
  });

  it("is connected with a mapping, and left alone at the locations that nothing feeds", async () => {
    const { account, request } = await open("shopify");
    answerTwoLocations(its.world, account, 2);
    const locations = [{ location_id: "WH-1", external_location_id: "gid://shopify/Location/2" }];
    const answer = await connect({ ...request, locations });
    expect(answer).toMatchObject({ status: 201, body: { listings: { imported: 0, unsupported: 2 } } });
    const { channel_id: channelId } = answer.body;
    const { rows } = await its.world.store.query("select * from channel_location where channel_id = $1", [channelId]);
    expect(rows).toMatchObject([{ location_id: "WH-1", external_location_id: "gid://shopify/Location/2" }]);
    const found = await listListings(its.world.store, { channelId, limit: 10 });
    expect(found.map(({ unsupported }) => unsupported)).toEqual(
      found.map(
        ({ externalLocationId }) => `No ledger location feeds its location ${externalLocationId}, so it is left alone.`,
      ),
    );
  });
});

describe("a new channel for which no default location is given", () => {
  const { default_location_id: _, ...unsaid } = sender("Unsaid", newSecret());

  it("has the ledger location `default`", async () => {
    expect(await channelOf(its.world, await connect(unsaid))).toMatchObject({ defaultLocationId: "default" });
  });

  it("has the first of the ledger locations that feed it, where it is said which do", async () => {
    const { request } = await open("shopify");
    const { kind, credentials, settings } = request;
    const locations = [{ location_id: "WH-7" }, { location_id: "WH-2" }];
    const answer = await connect({ kind, credentials, settings, locations });
    expect(await channelOf(its.world, answer)).toMatchObject({ defaultLocationId: "WH-7" });
  });
});

describe("a mapping of locations", () => {
  const mapped = (external_location_id: string) => [{ location_id: "WH-1", external_location_id }];

  it("that names one the account does not have is answered 422 with those it has", async () => {
    const { request } = await open("shopify");
    const answer = await connect({ ...request, locations: mapped("Nowhere") });
    expect(answer).toMatchObject({ status: 422, body: { code: "unknown_location" } });
    const [known] = answer.body.locations;
    expect(answer.body.detail).toBe(
      `This account has no location Nowhere. It has: ${known.external_location_id} (${known.name}).`,
    );
    expect(await connect({ ...request, locations: mapped(known.external_location_id) })).toMatchObject({
      status: 201,
      body: { listings: { imported: 2, unsupported: 0 } },
    });
  });

  it("of an account that has none of its own is answered 422", async () => {
    const { request } = await open("ebay");
    const answer = await connect({ ...request, locations: mapped("Nowhere") });
    expect(answer).toMatchObject({
      status: 422,
      body: { detail: "This account has no location Nowhere. It has: none of its own.", locations: [] },
    });
  });

  it("that leaves out the default location is answered 400, also where it is stored already", async () => {
    const { request } = await open("shopify");
    const idle = {
      field: "default_location_id",
      message: expect.stringContaining("WH-9 feeds nothing on this channel"),
    };
    const refused = { status: 400, body: { code: "invalid_request", errors: [idle] } };
    expect(await connect({ ...request, default_location_id: "WH-9", locations: mapped("") })).toMatchObject(refused);
    expect(await listChannels(its.world.store)).not.toContainEqual(
      expect.objectContaining({ defaultLocationId: "WH-9" }),
    );

    const { body } = await connect({ ...request, locations: mapped("") });
    const again = { kind: "shopify", channel_id: body.channel_id, credentials: request.credentials };
    expect(await connect({ ...again, default_location_id: "WH-9" })).toMatchObject(refused);
    const elsewhere = [{ location_id: "WH-9" }];
    expect(await connect({ ...again, locations: elsewhere })).toMatchObject({ status: 400 });
    expect(await connect({ ...again, locations: elsewhere, default_location_id: "WH-9" })).toMatchObject({
      status: 201,
    });
  });

  it("of a sender is of the places as it names them itself, when it is connected and later", async () => {
    const { body } = await connect({ ...sender("Tills", newSecret()), locations: mapped("till-7") });
    const { channel_id: channelId } = body;
    const stored = () => listChannelLocations(its.world.store, channelId);
    expect(await stored()).toEqual([{ locationId: "WH-1", externalLocationId: "till-7" }]);
    const locations = mapped("till-8");
    const told = await call(its.url, `/v1/channels/${channelId}`, { method: "PATCH", body: { locations } });
    expect(told).toMatchObject({ status: 200, body: { locations } });
    expect(await stored()).toEqual([{ locationId: "WH-1", externalLocationId: "till-8" }]);
  });

  it("of a sender may leave it out: nothing is shown there", async () => {
    const locations = [{ location_id: "WH-9" }];
    expect(await connect({ ...sender("Only heard", newSecret()), locations })).toMatchObject({ status: 201 });
  });

  it("that names the same two twice is answered 400", async () => {
    const locations = [...mapped(""), ...mapped("")];
    expect(await connect({ ...sender("Twice", newSecret()), locations })).toMatchObject({
      status: 400,
      body: { errors: [{ field: "locations", message: "must not name the same two locations twice" }] },
    });
  });
});
