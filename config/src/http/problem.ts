/**
 * An answer that is not the one asked for: RFC 9457 `application/problem+json`. `code` is stable and for programs,
 * `detail` is for people and says how to mend it; `extra` members stand beside them.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly extra: Readonly<Record<string, unknown>>;
  /** For 429 and 503: the seconds after which the caller should try again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    code: string,
    detail: string,
    options: { readonly extra?: Readonly<Record<string, unknown>>; readonly retryAfterSeconds?: number } = {},
  ) {
    // An answer, not a fault: nobody reads where it was made, and finding out costs as much as making the answer.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(detail);
    Error.stackTraceLimit = stackTraceLimit;
    this.status = status;
    this.code = code;
    this.extra = options.extra ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** One thing wrong with a request, and where. */
export interface FieldError {
  /** Dotted path from the body's root: `events.3.quantity`. */
  readonly field: string;
  readonly message: string;
}
