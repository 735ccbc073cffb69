/**
 * Every refusal the ledger can give, with the HTTP status it becomes and whether the same command can succeed later:
 * `after-stock-changes`, or `never`.
 */
export const refusals = {
  insufficient_stock: { http: 409, retry: "after-stock-changes" },
  idempotency_conflict: { http: 409, retry: "never" },
  reservation_committed: { http: 409, retry: "never" },
  reservation_released: { http: 409, retry: "never" },
  reservation_expired: { http: 409, retry: "never" },
  reservation_cancelled: { http: 409, retry: "never" },
  exceeds_reservation: { http: 409, retry: "never" },
  unknown_reservation: { http: 404, retry: "never" },
} as const;

export type RefusalCode = keyof typeof refusals;

/** An expected "no": a value, not an exception. `detail` holds facts for programs, `message` says it to people. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export function refuse(
  code: RefusalCode,
  message: string,
  detail: Refusal["detail"] = {},
): { readonly refusal: Refusal } {
  return { refusal: { code, message, detail } };
}
