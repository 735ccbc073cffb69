/** A call to the channel's API as its handler sees it. */
export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Placeholders of the route's path, decoded. */
  readonly params: { readonly [name: string]: string | undefined };
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string | undefined };
  /** The host the client believes it calls, without port: `x-sim-host` (a browser: the query's `sim_host`), else `Host`. */
  readonly host: string;
  /** The raw bytes: signatures and strict parsers need them untouched. */
  readonly body: Buffer;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  /** A string or bytes go out as they are, anything else as JSON; absent: no body. */
  readonly body?: unknown;
  /** The channel refused it for its rate limit, also when the status is 200. */
  readonly throttled?: boolean;
}

/** One operation of the API, or one address behind which the request's body names the operation (GraphQL). */
export interface ApiRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** A find-my-way path: `/orders/:id`. */
  readonly path: string;
  /** As the channel's docs name it. */
  readonly operation: string | ((request: ApiRequest) => string);
  /** The names that the function above can give. */
  readonly operations?: readonly string[];
  readonly handle: (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;
}
