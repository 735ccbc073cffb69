import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { Problem, type HttpServer } from "@lastunit/config/http";
import type { FastifyReply } from "fastify";
import { audit, type AuditTotals } from "../read/audit.ts";
import type { Mismatch } from "../read/mismatch.ts";
import type { Parts } from "./parts.ts";
import { auditReport } from "./schemas.ts";
import { mismatchView } from "./views.ts";

/** Each takes a connection and a processor for as long as the log is long. */
const AUDITS_AT_ONCE = 2;

/** `POST /v1/audit`: whether the books are right. */
export function auditRoutes(app: HttpServer, { auth, auditPool }: Parts): void {
  let running = 0;

  app.post(
    "/v1/audit",
    {
      schema: {
        summary: "Replay the log against the balances",
        description:
          "Hashes every event and replays it against balances and reservations; of all merchants for a service token, of its own for a merchant's. No mismatches: the books are right. The answer is written while the audit goes on. 503 busy while others are under way.",
        response: { 200: auditReport },
      },
    },
    async (request, reply) => {
      const who = await auth.caller(request);
      if (running >= AUDITS_AT_ONCE) {
        throw new Problem(503, "busy", "Other audits are under way; come back later.", { retryAfterSeconds: 10 });
      }
      running += 1;
      const release = () => (running -= 1);
      const steps = audit(auditPool, "merchantId" in who ? who.merchantId : null);
      try {
        // The first step before the answer begins: it shows whether the database answers.
        const first = await steps.next();
        return send(reply, Readable.from(documentOf(first, steps)).once("close", release));
      } catch (error) {
        release();
        throw error;
      }
    },
  );
}

function send(reply: FastifyReply, json: Readable): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(json);
}

type Step = IteratorResult<readonly Mismatch[], AuditTotals>;

/** White space is sent so often while nothing is found: nobody on the way must take the connection for a dead one. */
const SIGN_OF_LIFE_MS = 5_000;

/** The report as JSON text, written as the audit goes on. */
async function* documentOf(
  first: Step,
  steps: AsyncGenerator<readonly Mismatch[], AuditTotals>,
): AsyncGenerator<string, void> {
  let separator = "";
  yield '{"mismatches":[';
  let next = Promise.resolve(first);
  try {
    for (;;) {
      const step = await Promise.race([next, delay(SIGN_OF_LIFE_MS, undefined, { ref: false })]);
      if (step === undefined) {
        yield " ";
      } else if (step.done === true) {
        yield `],${JSON.stringify(step.value).slice(1)}`;
        return;
      } else {
        next = steps.next();
        for (const mismatch of step.value) {
          yield separator + JSON.stringify(mismatchView(mismatch));
          separator = ",";
        }
      }
    }
  } finally {
    // When the caller left, the audit ends as well.
    await steps.return({ events: 0, balances: 0, reservations: 0 });
  }
}
