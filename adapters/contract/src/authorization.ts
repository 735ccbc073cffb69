import type { Outbound } from "./outbound.ts";

/** What the connect form was answered with so far, by field name; a field nobody filled in is absent. */
export interface ConnectAnswers {
  readonly [field: string]: string | undefined;
}

/**
 * How a merchant grants access on the platform's own page instead of pasting a token: we send the browser to
 * `consentUrl`, the platform sends it back to our `redirectUrl`, and what it brought is exchanged for credentials.
 * Whoever drives the flow makes `state`, and refuses a callback whose state it did not make for this merchant.
 */
export interface Authorization<Credentials, Settings> {
  /** The fields that must be answered before the merchant is sent off; the others are what the consent grants. */
  readonly asks: readonly string[];
  /** The optional credentials that may be answered as well: what the consent can't grant, such as the keys of a queue. */
  readonly takes: readonly string[];
  /**
   * Where the merchant consents.
   * @throws {ChannelError} `rejected` when an answer is missing or does not fit (a shop domain that is none).
   */
  consentUrl(answers: ConnectAnswers, request: ConsentRequest): URL;
  /**
   * Proves that the callback is the platform's own (Shopify's hmac, the shop asked for) and exchanges its code.
   * @param callback the query the browser came back with.
   * @throws {ChannelError} `unauthorized` when the merchant declined, or the callback is forged or too old.
   */
  exchange(
    callback: URLSearchParams,
    answers: ConnectAnswers,
    request: ConsentRequest & { readonly outbound: Outbound; readonly signal: AbortSignal },
  ): Promise<{ readonly credentials: Credentials; readonly settings: Settings }>;
}

export interface ConsentRequest {
  /** Unguessable, made for this one try. */
  readonly state: string;
  /** Where the platform sends the browser back; must be registered with it (eBay: behind the RuName). */
  readonly redirectUrl: string;
}
