/** A request of the ledger's HTTP API. */
export interface Request {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: object;
}

/** What came back: a whole answer. */
export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- the checks look into whatever came back
  readonly body: any;
  readonly contentType: string;
  /** Seconds; NaN when it was not told. */
  readonly retryAfter: number;
}

/** Asks once. Undefined when there was no whole answer in time: what was asked for may have been done, or may yet be. */
export async function ask(
  url: string,
  token: string,
  request: Request,
  options: { readonly timeoutMs: number; readonly headers?: Readonly<Record<string, string>> },
): Promise<Answer | undefined> {
  try {
    const response = await fetch(url + request.path, {
      method: request.method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(request.body && { "content-type": "application/json" }),
        ...options.headers,
      },
      body: request.body ? JSON.stringify(request.body) : null,
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const { status, headers } = response;
    const body: unknown = await response.json();
    return {
      status,
      body,
      contentType: headers.get("content-type") ?? "",
      retryAfter: Number(headers.get("retry-after") ?? NaN),
    };
  } catch {
    return undefined;
  }
}
