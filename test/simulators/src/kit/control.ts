import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Simulator } from "../simulator.ts";
import { accountSeed, buyerOrder, fault, orderChange, redelivery, refund } from "./control-input.ts";
import { parseJson } from "./json.ts";

/**
 * The `Simulator` interface as HTTP, for other processes. JSON in and out, same field names:
 *
 * - `POST /_sim/accounts` AccountSeed → SimulatedAccount; `POST /_sim/orders` BuyerOrder → `{orderId}` or `{refused}`
 * - `POST /_sim/orders/:id/settle`, `/cancel` `{account, notify?}`; `/refund` `{account, sku, quantity, restock, notify?}`
 * - `POST /_sim/redeliver` `{account, times}` → `{sent, failed}`; `POST /_sim/faults` Fault
 * - `GET /_sim/stock?account=`, `GET /_sim/history?account=`
 *
 * A call that can't be carried out answers 400 with `{error}`. None of it is recorded or hit by faults.
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

  post("/accounts", accountSeed, (seed) => simulator.addAccount(seed));
  post("/orders", buyerOrder, (order) => simulator.placeOrder(order));
  post("/orders/:id/settle", orderChange, ({ account, notify }, id) => simulator.settleOrder(account, id, notify));
  post("/orders/:id/cancel", orderChange, ({ account, notify }, id) => simulator.cancelOrder(account, id, notify));
  post("/orders/:id/refund", refund, ({ account, ...rest }, id) => simulator.refundOrder(account, id, rest));
  post("/redeliver", redelivery, ({ account, times }) => simulator.redeliver(account, times));
  post("/faults", fault, (given) => simulator.fault(given));
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
