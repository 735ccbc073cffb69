import { describe, expect, it } from "vitest";
import { shopifyAdapter } from "./adapter.ts";

const app = { clientId: "client-one", clientSecret: "shpss_two" };
const again = (given: object, stored: object) =>
  shopifyAdapter.carryOver?.({ ...app, ...given }, { ...app, ...stored });

describe("a shop that is connected again", () => {
  it("goes on taking deliveries signed with the client secret it had, unless it is given another previous one", () => {
    const stored = { clientSecret: "shpss_one", previousClientSecret: "shpss_zero", accessToken: "shpat_one" };
    expect(again({}, stored)).toEqual({ ...app, previousClientSecret: "shpss_one" });
    const given = { previousClientSecret: "shpss_given" };
    expect(again(given, stored)).toEqual({ ...app, ...given });
  });

  it("keeps the previous secret when it is connected again with the same one", () => {
    expect(again({}, { previousClientSecret: "shpss_one" })).toEqual({ ...app, previousClientSecret: "shpss_one" });
    expect(again({}, {})).toEqual(app);
  });
});
