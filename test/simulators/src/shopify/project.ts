import { asArray, asObject, asText, type JsonObject } from "../kit/index.ts";
import type { Field } from "./query.ts";
import { isConnection } from "./schema.ts";

/** What a resolver gives for an object: its fields, those with arguments as functions. */
export interface Source {
  readonly [field: string]: unknown;
}

/** A list to be paged through. `rank` orders it and names the place of an item for ever. */
export interface Connection<Item extends Source = Source> {
  readonly items: readonly Item[];
  readonly rank: (item: Item) => string;
}

/** The answer to one field: pages through a connection, keeps what was asked for. */
export function answerField(value: unknown, field: Field): unknown {
  const answer: unknown = typeof value === "function" ? value(field.args) : value;
  if (isConnection(field.type) && isList(answer)) return project(pageOf(answer, field.args), field.fields);
  return field.fields.length > 0 ? project(answer, field.fields) : (answer ?? null);
}

function project(source: unknown, fields: readonly Field[]): unknown {
  const list = asArray(source);
  if (list) return list.map((item) => project(item, fields));
  const object = asObject(source);
  return object ? projectObject(object, fields) : (source ?? null);
}

function projectObject(source: JsonObject, fields: readonly Field[]): JsonObject {
  const answered = fields.filter((field) => field.on === undefined || field.on === source["__typename"]);
  return Object.fromEntries(answered.map((field) => [field.alias, answerField(source[field.name], field)]));
}

function isList(value: unknown): value is Connection {
  return asArray(asObject(value)?.["items"]) !== undefined;
}

function pageOf({ items, rank }: Connection, args: JsonObject): Source {
  const after = asText(args["after"]);
  const from = after === undefined ? "" : Buffer.from(after, "base64url").toString();
  const rest = items
    .map((node) => ({ node, rank: rank(node) }))
    .filter((each) => each.rank > from)
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const edges = rest
    .slice(0, Number(args["first"]))
    .map(({ node, rank }) => ({ node, cursor: Buffer.from(rank).toString("base64url") }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: rest.length > edges.length,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasPreviousPage: after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
    },
  };
}
