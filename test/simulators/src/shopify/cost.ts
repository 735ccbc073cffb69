import { asArray, asObject, type JsonObject } from "../kit/index.ts";
import type { Field } from "./query.ts";
import { isConnection, isObjectType } from "./schema.ts";

/** Shopify docs, rate limits: a single query may cost at most this. */
export const LARGEST_COST = 1_000;

/** Shopify docs, rate limits, standard plan: 100 points a second; 2,000 at once is what answers of such shops show. */
export const costLimit = { perSecond: 100, burst: 2_000 };

const MUTATION_COST = 10;

/**
 * What a query may cost at most: scalars nothing, an object 1, a mutation 10, a connection by its size. Shopify
 * doesn't publish how the size counts; this fits the measured 25 points of `product { variants(first: 250) { nodes { inventoryItem { id } } } }`
 * (community.shopify.dev, topic 23101).
 */
export function requestedCost(fields: readonly Field[], isMutation: boolean): number {
  return isMutation ? MUTATION_COST * fields.length : sumOf(fields, undefined);
}

/** What it did cost: lists count as long as they turned out to be. Never more than requested. */
export function actualCost(fields: readonly Field[], isMutation: boolean, data: JsonObject): number {
  return isMutation ? MUTATION_COST * fields.length : sumOf(fields, data);
}

function sumOf(fields: readonly Field[], answer: JsonObject | undefined): number {
  return fields.reduce((sum, field) => sum + costOf(field, answer?.[field.alias]), 0);
}

function costOf(field: Field, answer: unknown): number {
  const object = asObject(answer);
  if (isConnection(field.type)) {
    const listed = field.fields.map(({ alias }) => asArray(object?.[alias])).find((list) => list !== undefined);
    return listCost(listed?.length ?? Number(field.args["first"]), nodeCost(field));
  }
  const children = sumOf(field.fields, object);
  const ids = asArray(field.args["ids"]);
  if (ids) return listCost(ids.length, 1 + children);
  return isObjectType(field.type) ? 1 + children : 0;
}

/** `nodes` and `edges { node }` are no objects of their own: they cost what one node costs. */
function nodeCost(connection: Field): number {
  const lists = connection.fields.filter(({ name }) => name === "nodes" || name === "edges");
  return lists.reduce(
    (sum, list) => sum + 1 + sumOf(list.name === "edges" ? nodesOf(list) : list.fields, undefined),
    0,
  );
}

function nodesOf(edges: Field): readonly Field[] {
  return edges.fields.filter(({ name }) => name === "node").flatMap(({ fields }) => fields);
}

function listCost(size: number, each: number): number {
  return 2 + each * Math.max(1, Math.floor(2 * Math.log(Math.max(1, size))));
}
