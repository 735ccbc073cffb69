import { WebhookError, type StockMovement } from "@lastunit/adapter-contract";
import { z } from "zod";

const MAX_MOVEMENTS = 1_000;
const MAX_UNITS = 1_000_000_000;

const text = z.string().min(1).max(200);
const units = z.int().positive().max(MAX_UNITS);

const common = {
  /** The sender's own id of the movement; the same id is applied once, for ever. */
  id: text,
  sku: text,
  /** Absent: the channel's only location. */
  location_id: text.optional(),
  order_id: text.optional(),
  reason: text.optional(),
  occurred_at: z.iso.datetime({ offset: true }),
};

const Movement = z.discriminatedUnion("type", [
  z.strictObject({ ...common, type: z.enum(["sale", "return", "receiving"]), quantity: units }),
  z
    .strictObject({ ...common, type: z.literal("transfer"), quantity: units, location_id: text, to_location_id: text })
    .refine((movement) => movement.location_id !== movement.to_location_id, {
      path: ["to_location_id"],
      message: "must differ from location_id",
    }),
  z
    .strictObject({
      ...common,
      type: z.literal("adjustment"),
      /** The signed change. */
      quantity: z.int().min(-MAX_UNITS).max(MAX_UNITS).optional(),
      /** The counted units, instead of a change. */
      set_on_hand: z.int().nonnegative().max(MAX_UNITS).optional(),
    })
    .refine((movement) => (movement.quantity === undefined) !== (movement.set_on_hand === undefined), {
      path: ["quantity"],
      message: "give either quantity or set_on_hand",
    })
    .refine((movement) => movement.quantity !== 0, { path: ["quantity"], message: "must not be 0" }),
]);
type Movement = z.infer<typeof Movement>;

const Body = z.strictObject({ movements: z.array(Movement).min(1).max(MAX_MOVEMENTS) });

/**
 * Reads a delivery's body.
 *
 * Shape:  `{"movements":[{id, type, sku, location_id?, to_location_id?, quantity?, set_on_hand?, order_id?, reason?, occurred_at}]}`
 * Units:  whole units; for `adjustment` a signed `quantity` or `set_on_hand`; `transfer` names both locations.
 * @throws {WebhookError} `malformed`, naming the first wrong field.
 */
export function readMovements(body: string): readonly StockMovement[] {
  const parsed = Body.safeParse(parseJson(body));
  if (parsed.success) return parsed.data.movements.map(toStockMovement);
  const issue = parsed.error.issues[0];
  throw new WebhookError("malformed", `${issue?.path.join(".") || "body"}: ${issue?.message ?? "not understood"}`);
}

/** The body as text; signatures cover its bytes, and only UTF-8 comes back to the same bytes. */
export function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new WebhookError("malformed", "body: not UTF-8");
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new WebhookError("malformed", "body: not JSON");
  }
}

function toStockMovement(movement: Movement): StockMovement {
  return {
    key: `movement:${movement.id}`,
    eventType: `inventory.${movement.type}`,
    sku: movement.sku,
    externalLocationId: movement.location_id ?? null,
    ...(movement.type === "transfer" && { toExternalLocationId: movement.to_location_id }),
    ...(movement.quantity !== undefined && { quantity: movement.quantity }),
    ...(movement.type === "adjustment" && movement.set_on_hand !== undefined && { setOnHand: movement.set_on_hand }),
    ...(movement.order_id !== undefined && { orderId: movement.order_id }),
    ...(movement.reason !== undefined && { reason: movement.reason }),
    occurredAt: new Date(movement.occurred_at).toISOString(),
  };
}
