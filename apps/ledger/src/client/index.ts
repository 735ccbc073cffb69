import { z } from "zod";
import { MERCHANT_HEADER } from "../http/auth.ts";
import {
  auditReport,
  eventResults,
  log,
  newEvent,
  reservation,
  stock,
  token,
  tokenEntries,
  tokenEntry,
  tokenOwner,
} from "../http/schemas.ts";

/** An event to record, as `POST /v1/events` takes it. */
export type NewEvent = z.input<typeof newEvent>;
/** What became of it. */
export type EventResult = z.infer<typeof eventResults>["results"][number];
/** An event of the log. */
export type LedgerEvent = z.infer<typeof log>["events"][number];
export type StockAnswer = z.infer<typeof stock>;
export type ReservationAnswer = z.infer<typeof reservation>;
export type TokenEntry = z.infer<typeof tokenEntry>;
export type AuditAnswer = z.infer<typeof auditReport>;

/** A reservation to make, as `POST /v1/reservations` takes it. */
export interface NewReservation {
  readonly reservation_id: string;
  readonly lines: readonly { readonly sku: string; readonly location_id: string; readonly quantity: number }[];
  readonly ttl_seconds: number;
  readonly order_id?: string;
  readonly source?: string;
}

/**
 * The ledger said no, or could not be reached. `code` is the problem document's stable code; `unreachable` when there
 * was no answer, `not_a_ledger` when it was no ledger's, or another version's. `isRetryable`: the same call may succeed later and is safe to repeat.
 */
export class LedgerError extends Error {
  override readonly name = "LedgerError";
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;

  constructor(code: string, status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = status;
  }

  get isRetryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The ledger over HTTP, for Lastunit's own parts. Every method throws `LedgerError`. */
export interface LedgerClient {
  append(merchantId: string, events: readonly NewEvent[]): Promise<EventResult[]>;
  reserve(merchantId: string, request: NewReservation): Promise<ReservationAnswer>;
  commit(merchantId: string, reservationId: string, orderId?: string): Promise<ReservationAnswer>;
  release(merchantId: string, reservationId: string): Promise<ReservationAnswer>;
  stock(merchantId: string, skus: readonly string[]): Promise<StockAnswer>;
  /**
   * The log of all merchants after a position; waits up to `waitMs` for an event. `LedgerError` `position_ahead` when the
   * log ends before it, `log_differs` when the event there has another hash than the one given.
   */
  events(
    after: number,
    options: {
      /** Of the event at `after`. */
      readonly hash?: string;
      readonly limit?: number;
      readonly waitMs?: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<{ readonly events: LedgerEvent[]; readonly next: number }>;
  /** The last position of the log. */
  position(): Promise<number>;
  /** Takes as long as the log is long. */
  audit(): Promise<AuditAnswer>;
  /** Whose token it is; null for a service token; undefined when it is not valid. */
  ownerOf(callerToken: string): Promise<string | null | undefined>;
  createMerchant(merchantId: string): Promise<void>;
  createToken(merchantId: string, label: string): Promise<string>;
  /** Also the revoked ones, oldest first. */
  tokens(merchantId: string): Promise<TokenEntry[]>;
  revokeToken(merchantId: string, tokenId: string): Promise<TokenEntry>;
}

/** Longer than the longest `wait_ms`. */
const CALL_DEADLINE_MS = 60_000;
const AUDIT_DEADLINE_MS = 3_600_000;

/** @param options.token a service token. */
export function createLedgerClient(options: { readonly url: string; readonly token: string }): LedgerClient {
  const base = options.url.replace(/\/$/, "");

  async function call<T>(
    schema: z.ZodType<T>,
    method: string,
    path: string,
    request: {
      readonly merchantId?: string;
      readonly body?: unknown;
      readonly signal?: AbortSignal;
      readonly token?: string;
      readonly deadlineMs?: number;
    } = {},
  ): Promise<T> {
    const deadline = AbortSignal.timeout(request.deadlineMs ?? CALL_DEADLINE_MS);
    const headers: Record<string, string> = { authorization: `Bearer ${request.token ?? options.token}` };
    if (request.merchantId !== undefined) headers[MERCHANT_HEADER] = request.merchantId;
    if (request.body !== undefined) headers["content-type"] = "application/json";
    let status = 0;
    let answer: unknown;
    try {
      const response = await fetch(base + path, {
        method,
        headers,
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal: request.signal ? AbortSignal.any([deadline, request.signal]) : deadline,
      });
      status = response.status;
      answer = await response.json();
    } catch (cause) {
      throw new LedgerError("unreachable", 0, `The ledger at ${base} does not answer.`, { cause });
    }
    if (status >= 400) {
      const problem = problemDocument.safeParse(answer).data ?? { code: "unknown", detail: `HTTP ${status}` };
      throw new LedgerError(problem.code, status, problem.detail);
    }
    const read = schema.safeParse(answer);
    if (read.success) return read.data;
    throw new LedgerError(
      "not_a_ledger",
      status,
      `${base} does not answer like a Lastunit ledger: ${told(read.error)}`,
    );
  }

  return {
    async append(merchantId, events) {
      const { results } = await call(eventResults, "POST", "/v1/events", { merchantId, body: { events } });
      return results;
    },
    reserve: (merchantId, body) => call(reservation, "POST", "/v1/reservations", { merchantId, body }),
    commit: (merchantId, reservationId, orderId) =>
      call(reservation, "POST", `/v1/reservations/${encodeURIComponent(reservationId)}/commit`, {
        merchantId,
        body: orderId === undefined ? {} : { order_id: orderId },
      }),
    release: (merchantId, reservationId) =>
      call(reservation, "DELETE", `/v1/reservations/${encodeURIComponent(reservationId)}`, { merchantId }),
    stock(merchantId, skus) {
      const query = skus.map((sku) => `sku=${encodeURIComponent(sku)}`).join("&");
      return call(stock, "GET", `/v1/stock?${query}`, { merchantId });
    },
    events(after, { hash, limit = 1_000, waitMs = 0, signal }) {
      const known = hash === undefined ? "" : `&hash=${hash}`;
      const path = `/v1/events?after=${after}${known}&limit=${limit}&wait_ms=${waitMs}`;
      return call(log, "GET", path, signal ? { signal } : {});
    },
    async position() {
      return (await call(z.object({ position: z.int() }), "GET", "/health/ready")).position;
    },
    audit: () => call(auditReport, "POST", "/v1/audit", { deadlineMs: AUDIT_DEADLINE_MS }),
    async ownerOf(callerToken) {
      try {
        return (await call(tokenOwner, "GET", "/v1/token", { token: callerToken })).merchant_id;
      } catch (error) {
        if (error instanceof LedgerError && error.status === 401) return undefined;
        throw error;
      }
    },
    async createMerchant(merchantId) {
      await call(z.object({}), "POST", "/v1/merchants", { body: { merchant_id: merchantId } });
    },
    async createToken(merchantId, label) {
      const made = await call(token, "POST", `/v1/merchants/${encodeURIComponent(merchantId)}/tokens`, {
        body: { label },
      });
      return made.token;
    },
    async tokens(merchantId) {
      return (await call(tokenEntries, "GET", `/v1/merchants/${encodeURIComponent(merchantId)}/tokens`)).tokens;
    },
    revokeToken(merchantId, tokenId) {
      const path = `/v1/merchants/${encodeURIComponent(merchantId)}/tokens/${encodeURIComponent(tokenId)}`;
      return call(tokenEntry, "DELETE", path);
    },
  };
}

/** A thousand events of another version are wrong in the same way. */
const MISFITS_TOLD = 3;

/** What does not fit an answer. A schema's message says what it expects, not what it got. */
function told({ issues }: z.ZodError): string {
  const misfits = issues.slice(0, MISFITS_TOLD);
  return misfits.map(({ path, message }) => `${path.join(".") || "its answer"}: ${message}`).join("; ");
}

const problemDocument = z.object({ code: z.string(), detail: z.string() });
