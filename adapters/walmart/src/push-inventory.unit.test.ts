import type { Pacer } from "@lastunit/adapter-contract";
import { callWithin, unpaced } from "@lastunit/adapter-contract/conformance";
import { afterEach, describe, expect, it, vi } from "vitest";
import { inputQuantity } from "./input-quantity.ts";
import { connect, errors, listing, nodes, update, useNockedWalmart, walmart } from "./testing.ts";

function expectNodes(sku: string, reserved = 0, shipNode = "1000005050") {
  walmart()
    .get(`/v3/inventories/${sku}`)
    .reply(200, nodes(sku, { shipNode, available: 9, reserved }));
}

function expectWrite(sku: string, amount: number, shipNode = "1000005050") {
  return walmart().put(`/v3/inventories/${sku}`, {
    inventories: { nodes: [{ shipNode, inputQty: { unit: "EACH", amount } }] },
  });
}

const written = (sku: string, ...answered: readonly object[]) => ({ sku, nodes: answered });
const failed = (category: string) => ({
  shipNode: "1000005050",
  status: "Failure",
  errors: errors("INVALID_REQUEST_PARAM.GMP_INVENTORY_API", "Not this node", category).errors,
});
const success = { shipNode: "1000005050", status: "Success" };
const tooMany = errors("REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API", "Slow down");

/** A pacer, and when it has heard of an answer that tells how many calls are left. */
function pacerThatHears() {
  const heard = Promise.withResolvers<void>();
  const pacer: Pacer = { ...unpaced, observe: () => heard.resolve() };
  return { pacer, heard: heard.promise };
}

/** The next read of the SKU is answered only then. */
function expectNodesAfter(event: Promise<void>, sku: string) {
  walmart()
    .get(`/v3/inventories/${sku}`)
    .reply(async () => {
      await event;
      return [200, nodes(sku, { shipNode: "1000005050", available: 9, reserved: 0 })];
    });
}

describe("the input quantity", () => {
  it("is what buyers shall see plus what Walmart will take off again", () => {
    expect(inputQuantity(433, 3)).toBe(436);
  });

  it("is what is reserved when nothing shall be for sale", () => {
    expect(inputQuantity(0, 2)).toBe(2);
  });
});

describe("pushing inventory", () => {
  useNockedWalmart();
  afterEach(() => void vi.useRealTimers());

  it("reads the reservation right before the write and adds it", async () => {
    const { session } = connect();
    expectNodes("CAP", 2);
    expectWrite("CAP", 7).reply(200, written("CAP", success));
    expect(await session.pushInventory([update(listing("CAP"), 5)], callWithin())).toEqual([{ status: "accepted" }]);
  });

  it("writes the ship node of the listing, with that node's reservation only", async () => {
    const { session } = connect({ settings: { shipNode: "WEST" } });
    walmart()
      .get("/v3/inventories/CAP")
      .reply(
        200,
        nodes("CAP", { shipNode: "EAST", available: 1, reserved: 4 }, { shipNode: "WEST", available: 1, reserved: 1 }),
      );
    expectWrite("CAP", 6, "EAST").reply(200, written("CAP", { shipNode: "EAST", status: "Success" }));
    const outcomes = await session.pushInventory([update(listing("CAP", "EAST"), 2)], callWithin());
    expect(outcomes).toEqual([{ status: "accepted" }]);
  });

  it("writes all the nodes of a SKU in one call, each with its own reservation and outcome", async () => {
    const { session } = connect();
    walmart()
      .get("/v3/inventories/CAP")
      .reply(
        200,
        nodes("CAP", { shipNode: "EAST", available: 1, reserved: 4 }, { shipNode: "WEST", available: 1, reserved: 1 }),
      );
    const inputQty = (amount: number) => ({ unit: "EACH", amount });
    walmart()
      .put("/v3/inventories/CAP", {
        inventories: {
          nodes: [
            { shipNode: "EAST", inputQty: inputQty(6) },
            { shipNode: "WEST", inputQty: inputQty(1) },
          ],
        },
      })
      .reply(200, written("CAP", { shipNode: "EAST", status: "Success" }, { ...failed("DATA"), shipNode: "WEST" }));
    const updates = [update(listing("CAP", "EAST"), 2), update(listing("CAP", "WEST"), 0)];
    expect(await session.pushInventory(updates, callWithin())).toMatchObject([
      { status: "accepted" },
      { status: "rejected", message: "Not this node" },
    ]);
  });

  it("takes over what was read right before, once: a raise costs one read", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { session } = connect();
    expectNodes("CAP", 2);
    await session.readInventory([listing("CAP")], callWithin());
    expectWrite("CAP", 7).reply(200, written("CAP", success));
    await session.pushInventory([update(listing("CAP"), 5)], callWithin());
    expectNodes("CAP", 1);
    expectWrite("CAP", 6).reply(200, written("CAP", success));
    expect(await session.pushInventory([update(listing("CAP"), 5)], callWithin())).toEqual([{ status: "accepted" }]);
  });

  it("reads again what was read more than two seconds ago", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { session } = connect();
    expectNodes("CAP", 2);
    await session.readInventory([listing("CAP")], callWithin());
    vi.advanceTimersByTime(2_001);
    expectNodes("CAP", 3);
    expectWrite("CAP", 8).reply(200, written("CAP", success));
    expect(await session.pushInventory([update(listing("CAP"), 5)], callWithin())).toEqual([{ status: "accepted" }]);
  });

  it("rejects a SKU that no address can name, for the client would take it for a way up", async () => {
    const { session } = connect();
    const outcomes = await session.pushInventory([update(listing(".."), 5)], callWithin());
    expect(outcomes).toMatchObject([{ status: "rejected", code: "sku_not_addressable" }]);
  });

  it("writes no node at all when the SKU has several and none is named", async () => {
    const { session } = connect();
    walmart()
      .get("/v3/inventories/CAP")
      .reply(
        200,
        nodes("CAP", { shipNode: "EAST", available: 1, reserved: 0 }, { shipNode: "WEST", available: 1, reserved: 0 }),
      );
    const outcomes = await session.pushInventory([update(listing("CAP"), 2)], callWithin());
    expect(outcomes).toMatchObject([{ status: "rejected", code: "ship_node_needed" }]);
  });

  it("takes a 200 in which the node failed for the failure it is", async () => {
    const { session } = connect();
    expectNodes("CAP");
    expectNodes("HAT");
    expectWrite("CAP", 1).reply(200, written("CAP", failed("DATA")));
    expectWrite("HAT", 1).reply(200, written("HAT", failed("SYSTEM")));
    const outcomes = await session.pushInventory([update(listing("CAP"), 1), update(listing("HAT"), 1)], callWithin());
    const words = { code: "INVALID_REQUEST_PARAM.GMP_INVENTORY_API", message: "Not this node" };
    expect(outcomes).toEqual([
      { status: "rejected", ...words },
      { status: "retry", ...words },
    ]);
  });

  it("calls a write unconfirmed when the answer leaves the node out", async () => {
    const { session } = connect();
    expectNodes("CAP");
    expectWrite("CAP", 1).reply(200, written("CAP", { shipNode: "OTHER", status: "Success" }));
    const outcomes = await session.pushInventory([update(listing("CAP"), 1)], callWithin());
    expect(outcomes).toMatchObject([{ status: "retry", code: "node_not_confirmed" }]);
  });

  it("tries a SKU of a 404 again, since a new one is unknown until ingested, and lets the others through", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/NEW").reply(404, errors("CONTENT_NOT_FOUND.GMP_INVENTORY_API", "No such SKU"));
    expectNodes("CAP");
    expectWrite("CAP", 3).reply(200, written("CAP", success));
    const outcomes = await session.pushInventory([update(listing("NEW"), 1), update(listing("CAP"), 3)], callWithin());
    expect(outcomes).toEqual([
      { status: "retry", code: "CONTENT_NOT_FOUND.GMP_INVENTORY_API", message: "No such SKU" },
      { status: "accepted" },
    ]);
  });

  it("rejects a SKU Walmart calls invalid", async () => {
    const { session } = connect();
    expectNodes("CAP");
    expectWrite("CAP", 1).reply(400, errors("INVALID_REQUEST_PARAM.GMP_INVENTORY_API", "Bad amount"));
    const outcomes = await session.pushInventory([update(listing("CAP"), 1)], callWithin());
    expect(outcomes).toEqual([
      { status: "rejected", code: "INVALID_REQUEST_PARAM.GMP_INVENTORY_API", message: "Bad amount" },
    ]);
  });

  it("keeps an outage of one listing to that listing", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/HAT").reply(500, "<html>");
    expectNodes("CAP");
    expectWrite("CAP", 3).reply(200, written("CAP", success));
    const outcomes = await session.pushInventory([update(listing("HAT"), 1), update(listing("CAP"), 3)], callWithin());
    expect(outcomes).toMatchObject([{ status: "retry", code: "http_500" }, { status: "accepted" }]);
  });

  it("throws when Walmart answered none of the listings", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/HAT").reply(500, "<html>");
    walmart().get("/v3/inventories/CAP").reply(500, "<html>");
    const pushing = session.pushInventory([update(listing("HAT"), 1), update(listing("CAP"), 3)], callWithin());
    await expect(pushing).rejects.toMatchObject({ failure: "unavailable" });
  });

  it("answers for each when one met an outage and the other is unknown", async () => {
    const { session } = connect();
    walmart().get("/v3/inventories/HAT").reply(500, "<html>");
    walmart().get("/v3/inventories/NEW").reply(404, errors("CONTENT_NOT_FOUND.GMP_INVENTORY_API", "No such SKU"));
    const outcomes = await session.pushInventory([update(listing("HAT"), 1), update(listing("NEW"), 3)], callWithin());
    expect(outcomes.map(({ status }) => status)).toEqual(["retry", "retry"]);
  });

  it("sends no write after a 429, whichever listing met it", async () => {
    const { pacer, heard } = pacerThatHears();
    const { session } = connect({ pacer });
    walmart().get("/v3/inventories/HAT").reply(429, tooMany, { "x-current-token-count": "0" });
    expectNodesAfter(heard, "CAP");
    const pushing = session.pushInventory([update(listing("HAT"), 1), update(listing("CAP"), 3)], callWithin());
    await expect(pushing).rejects.toMatchObject({ failure: "rate_limited" });
  });

  it("keeps what was written before a 429, and sends no write after it", async () => {
    const { pacer, heard } = pacerThatHears();
    const { session } = connect({ pacer });
    const writing = Promise.withResolvers<void>();
    expectNodes("CAP");
    expectWrite("CAP", 3).reply(200, () => {
      writing.resolve();
      return written("CAP", success);
    });
    walmart()
      .get("/v3/inventories/HAT")
      .reply(async () => {
        await writing.promise;
        return [429, tooMany, { "retry-after": "2", "x-current-token-count": "0" }];
      });
    expectNodesAfter(heard, "BAG");
    const updates = [update(listing("CAP"), 3), update(listing("HAT"), 1), update(listing("BAG"), 1)];
    const outcomes = await session.pushInventory(updates, callWithin());
    expect(outcomes).toMatchObject([{ status: "accepted" }, { status: "throttled" }, { status: "throttled" }]);
    const [, hat] = outcomes;
    expect(hat?.status === "throttled" && hat.retryAfterMs).toBeGreaterThanOrEqual(2_000);
  });
});
