import { asText } from "../kit/index.ts";
import { QueryProblem, type Field } from "./query.ts";
import type { UserError } from "./user-error.ts";

/** Shopify docs, implementing idempotency: a key is remembered for 24 hours from its first use. */
const WINDOW_MS = 24 * 60 * 60 * 1_000;

/** What became of each idempotency key of a shop. */
export type Attempts = Map<string, Attempt>;

interface Attempt {
  readonly at: number;
  readonly variables: string;
  /** Null when it failed. */
  readonly outcome: { readonly [field: string]: unknown } | null;
}

export type Replay =
  | { readonly replay: NonNullable<Attempt["outcome"]> }
  | { readonly refused: UserError }
  | { readonly isNew: true };

/** @throws {QueryProblem} when the directive is missing: required since 2026-04, though the schema does not say so. */
export function idempotencyKeyOf(field: Field): string {
  const key = asText(field.directives["idempotent"]?.["key"]);
  if (key) return key;
  throw new QueryProblem(
    "BAD_REQUEST",
    "The @idempotent directive is required for this mutation but was not provided.",
  );
}

/** What the key stands for. The same key and variables replay a success; after a failure a new key is needed. */
export function recall(attempts: Attempts, key: string, variables: string): Replay {
  const known = attempts.get(key);
  if (!known || known.at + WINDOW_MS < Date.now()) return { isNew: true };
  if (known.variables !== variables) {
    return { refused: refusal("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "The same key was used with other parameters") };
  }
  if (!known.outcome) {
    return { refused: refusal("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "The previous attempt with this key failed") };
  }
  return { replay: known.outcome };
}

export function remember(attempts: Attempts, key: string, variables: string, outcome: Attempt["outcome"]): void {
  attempts.set(key, { at: Date.now(), variables, outcome });
}

function refusal(code: string, message: string): UserError {
  return { code, field: null, message };
}
