import { asArray, type JsonObject } from "../kit/index.ts";
import type { Arguments, Operation, Selection, Value } from "./document.ts";
import { fieldOf, isConnection, isObjectType } from "./schema.ts";

/** A field with its variables filled in and fragments by their type, ready to be answered. */
export interface Field {
  readonly name: string;
  readonly alias: string;
  readonly type: string;
  readonly args: JsonObject;
  readonly directives: { readonly [name: string]: JsonObject };
  /** Only on objects of this type, when the field stands in a fragment. */
  readonly on: string | undefined;
  readonly fields: readonly Field[];
}

/** One of the errors of a GraphQL answer; Shopify names it by `extensions.code`. */
export class QueryProblem extends Error {
  override readonly name = "QueryProblem";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Shopify docs, API limits: input arrays hold at most 250 entries, pages too. */
const LARGEST_LIST = 250;

/**
 * Checks an operation against the schema, as Shopify does before it runs any of it.
 *
 * @throws {QueryProblem} an unknown field or argument, a missing selection, page size or variable, too long a list.
 */
export function prepareOperation(operation: Operation, variables: JsonObject): readonly Field[] {
  const values = variablesOf(operation, variables);
  const root = operation.type === "mutation" ? "Mutation" : "QueryRoot";
  return prepare(operation.selections, root, undefined);

  function prepare(selections: readonly Selection[], type: string, on: string | undefined): Field[] {
    return selections.flatMap((selection) => {
      if (selection.kind === "field") return [prepareField(selection, type, on)];
      const fragment = selection.kind === "on" ? selection : operation.fragments.get(selection.fragment);
      if (!fragment) throw new QueryProblem("undefinedFragment", "Fragment was used, but not defined");
      return prepare(fragment.selections, fragment.type, fragment.type === type ? on : fragment.type);
    });
  }

  function prepareField(field: Extract<Selection, { kind: "field" }>, parent: string, on: string | undefined): Field {
    const { name, alias } = field;
    const known = fieldOf(parent, name);
    if (!known) throw new QueryProblem("undefinedField", `Field '${name}' doesn't exist on type '${parent}'`);
    const args = resolveAll(field.args, values);
    for (const arg of Object.keys(args)) {
      if (known.args.includes(arg)) continue;
      throw new QueryProblem("argumentNotAccepted", `Field '${name}' doesn't accept argument '${arg}'`);
    }
    if (isObjectType(known.type) !== (field.selections !== null)) {
      throw new QueryProblem(
        "selectionMismatch",
        `Field '${name}' must ${field.selections ? "not " : ""}have selections`,
      );
    }
    if (isConnection(known.type)) checkPage(name, args);
    const directives = Object.fromEntries(field.directives.map((each) => [each.name, resolveAll(each.args, values)]));
    const fields = prepare(field.selections ?? [], known.type, undefined);
    return { name, alias, type: known.type, args, directives, on, fields };
  }
}

function checkPage(name: string, { first }: JsonObject): void {
  if (first === undefined) {
    throw new QueryProblem("BAD_REQUEST", `you must provide one of first or last on field '${name}'`);
  }
  if (typeof first !== "number" || first < 1 || first > LARGEST_LIST) {
    throw new QueryProblem("BAD_REQUEST", `first on field '${name}' must be between 1 and ${LARGEST_LIST}`);
  }
}

function variablesOf(operation: Operation, given: JsonObject): JsonObject {
  const values: { [name: string]: unknown } = {};
  for (const { name, required, fallback } of operation.variables) {
    if (given[name] !== undefined) values[name] = given[name];
    else if (fallback) values[name] = resolve(fallback, {});
    if (required && (values[name] ?? null) === null) {
      throw new QueryProblem("INVALID_VARIABLE", `Variable $${name} was provided invalid value`);
    }
  }
  return values;
}

/** An argument whose variable was not given is left out, as GraphQL demands. */
function resolveAll(args: Arguments, variables: JsonObject): JsonObject {
  const resolved = Object.entries(args).map(([name, value]) => [name, resolve(value, variables)] as const);
  return Object.fromEntries(resolved.filter(([, value]) => value !== undefined));
}

function resolve(value: Value, variables: JsonObject): unknown {
  if (value.kind === "literal") return value.value;
  if (value.kind === "variable") return checkLength(variables[value.name]);
  if (value.kind === "object") return resolveAll(value.fields, variables);
  return checkLength(value.items.map((item) => resolve(item, variables)));
}

/** Looks for lists at any depth. */
function checkLength(value: unknown): unknown {
  const items = asArray(value) ?? (typeof value === "object" && value !== null ? Object.values(value) : []);
  if (Array.isArray(value) && value.length > LARGEST_LIST) {
    throw new QueryProblem(
      "MAX_INPUT_SIZE_EXCEEDED",
      `The input array size of ${value.length} is greater than the maximum allowed of ${LARGEST_LIST}.`,
    );
  }
  for (const item of items) checkLength(item);
  return value;
}
