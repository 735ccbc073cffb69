import type { SimulatedKind } from "@lastunit/simulators";
import { openAccount, platforms } from "../accounts.ts";
import { call, type Request } from "../calls.ts";
import { useWorld } from "../world.ts";

/** For the tests of a file: a world, in which accounts are connected. */
export function useConnect(kinds: readonly SimulatedKind[] = platforms) {
  const its = useWorld({ kinds });
  return {
    get world() {
      return its.world;
    },
    get url() {
      return its.url;
    },
    /** Opens an account on a simulated platform and says what connects it. */
    open: async (kind: SimulatedKind) => {
      const { account, credentials, settings } = await openAccount(its.world, kind);
      return { account, request: { kind, credentials, settings, default_location_id: "WH-1" } };
    },
    connect: (body: unknown, told: Request = {}) => call(its.url, "/v1/channels", { body, ...told }),
  };
}
