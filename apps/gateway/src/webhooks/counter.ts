import { Problem } from "@lastunit/config/http";
import { Counter, type Registry } from "prom-client";
import { translate } from "../translate.ts";

/** Counts what came to the public door, by platform and what became of it. */
export interface WebhookCounter {
  accepted(kind: string, isDuplicate: boolean): void;
  refused(kind: string, error: unknown): void;
}

export function createWebhookCounter(registry: Registry, kinds: readonly string[]): WebhookCounter {
  const counter = new Counter({
    name: "lastunit_webhooks_total",
    help: "Inbound webhook requests by platform and result (stored, duplicate, or the refusal's code).",
    labelNames: ["kind", "result"],
    registers: [registry],
  });
  // The path is the sender's text: an unknown kind must not become a label of its own.
  const label = (kind: string) => (kinds.includes(kind) ? kind : "unknown");
  return {
    accepted: (kind, isDuplicate) => counter.inc({ kind: label(kind), result: isDuplicate ? "duplicate" : "stored" }),
    refused: (kind, error) => counter.inc({ kind: label(kind), result: codeOf(error) }),
  };
}

function codeOf(error: unknown): string {
  const problem = error instanceof Problem ? error : translate(error);
  if (problem) return problem.code;
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  return status === 413 ? "too_large" : "failed";
}
