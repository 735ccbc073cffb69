import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Simulator } from "../simulator.ts";
import {
  accountSeed,
  buyerOrder,
  changedUnits,
  fault,
  ofAccount,
  orderChange,
  redelivery,
  returnedUnits,
  stockedAt,
} from "./control-input.ts";
import { parseJson } from "./json.ts";

/**
 * The `Simulator` interface as HTTP, for other processes. JSON in and out, same field names:
 *
 * - `POST /_sim/accounts` AccountSeed → SimulatedAccount; `POST /_sim/orders` BuyerOrder → `{orderId}` or `{refused}`
 * - `POST /_sim/orders/:id/settle`, `/ship`, `/cancel` `{account, notify?}`; `/cancel-units`, `/add-units`
 *   `{account, sku, quantity, notify?}`; `/refund`, `/remove-units` `{account, sku, quantity, restock, notify?}`
 * - `POST /_sim/unstock` `{account, sku, locationId}`
 * - `POST /_sim/redeliver` `{account, times}` → `{sent, failed}`; `POST /_sim/switch-off` `{account}`;
 *   `POST /_sim/rotate-signing` `{account}` → the changed credentials; `POST /_sim/expire-tokens` `{account}`
 * - `POST /_sim/faults` Fault; `GET /_sim/faults` what has not hit yet; `DELETE /_sim/faults`
 * - `GET /_sim/stock?account=`, `/prices?account=`, `/limits?account=`, `/history?account=`
 *
 * A call that can't be carried out answers 400 with `{error}`. None of it is recorded or hit by faults.
 * A control that the channel adds to the simulator once it runs is found as well.
 */
export function addControlRoutes(server: FastifyInstance, simulator: Simulator): void {
  function post<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    act: (body: z.infer<Schema>, id: string) => unknown,
  ): void {
    server.post<{ Params: { id?: string } }>(`/_sim${path}`, (request, reply) =>
      answer(reply, () => act(readBody(schema, request.body), request.params.id ?? "")),
    );
  }
  const get = (path: string, act: (account: string | undefined) => unknown) =>
    server.get(`/_sim${path}`, (request, reply) => answer(reply, () => act(accountOf(request))));

  function has<Control>(control: Control | undefined, what: string): Control {
    if (control === undefined) throw new Error(`the ${simulator.kind} simulator has nothing to ${what}`);
    return control;
  }

  post("/accounts", accountSeed, (seed) => simulator.addAccount(seed));
  post("/orders", buyerOrder, (order) => simulator.placeOrder(order));
  post("/orders/:id/settle", orderChange, ({ account, notify }, id) => simulator.settleOrder(account, id, notify));
  post("/orders/:id/ship", orderChange, ({ account, notify }, id) => simulator.shipOrder(account, id, notify));
  post("/orders/:id/cancel-units", changedUnits, ({ account, ...rest }, id) =>
    has(simulator.cancelUnits, "cancel units of")(account, id, rest),
  );
  post("/orders/:id/add-units", changedUnits, ({ account, ...rest }, id) =>
    has(simulator.addToOrder, "add units to")(account, id, rest),
  );
  post("/orders/:id/remove-units", returnedUnits, ({ account, ...rest }, id) =>
    has(simulator.removeFromOrder, "remove units from")(account, id, rest),
  );
  post("/orders/:id/cancel", orderChange, ({ account, notify }, id) => simulator.cancelOrder(account, id, notify));
  post("/orders/:id/refund", returnedUnits, ({ account, ...rest }, id) => simulator.refundOrder(account, id, rest));
  post("/unstock", stockedAt, ({ account, sku, locationId }) =>
    has(simulator.unstock, "unstock")(account, sku, locationId),
  );
  post("/redeliver", redelivery, ({ account, times }) => simulator.redeliver(account, times));
  post("/faults", fault, (given) => simulator.fault(given));
  post("/switch-off", ofAccount, ({ account }) => simulator.switchOff(account));
  post("/rotate-signing", ofAccount, ({ account }) => has(simulator.rotateSigning, "rotate the key of")(account));
  post("/expire-tokens", ofAccount, ({ account }) => has(simulator.expireTokens, "expire the tokens of")(account));
  get("/faults", () => simulator.faults());
  server.delete("/_sim/faults", (_request, reply) => answer(reply, () => simulator.clearFaults()));
  get("/limits", (account) => simulator.limits(account ?? ""));
  get("/prices", (account) => simulator.prices(account ?? ""));
  get("/stock", (account) => simulator.stock(account ?? ""));
  get("/history", (account) => simulator.history(account));
}

/** @throws with every problem named. */
function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body instanceof Uint8Array ? parseJson(body) : undefined);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data;
}

function accountOf(request: FastifyRequest): string | undefined {
  return new URL(request.url, "http://simulator").searchParams.get("account") ?? undefined;
}

async function answer(reply: FastifyReply, act: () => unknown): Promise<void> {
  try {
    await reply.send((await act()) ?? {});
  } catch (error) {
    await reply.code(400).send({ error: error instanceof Error ? error.message : String(error) });
  }
}
