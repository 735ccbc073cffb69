import { Problem, type HttpServer } from "@lastunit/config/http";
import type { FastifyRequest } from "fastify";

/** For our own pages: nothing from elsewhere, no frames around them, no script in the page. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * What holds for every route: answers are kept by no cache, framed by no page and taken for nothing but their own
 * type; and a browser's write must come from our own pages. Webhooks are no browser's, and prove themselves.
 *
 * @param ourUrl our address as browsers see it.
 */
export function protect(app: HttpServer, ourUrl: () => string): void {
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers({
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
    const isWrite = !safeMethods.has(request.method) && !request.routeOptions.url?.startsWith("/webhooks/");
    if (!isWrite || !isForeign(request, ourUrl())) return undefined;
    // Not thrown: Bull Board's routes have an error handler of their own.
    app.errorHandler(new Problem(403, "foreign_origin", "This must come from Lastunit's own pages."), request, reply);
    return reply;
  });
}

/**
 * Whether another site's page made a browser send this; a session cookie would come with it when that site shares our
 * domain. Other clients send neither header and hold no session.
 */
function isForeign({ headers }: FastifyRequest, ourUrl: string): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  // Browsers leave Sec-Fetch-Site out where they reach us by plain http, but all of them send Origin with a write.
  if (headers.origin === undefined) return false;
  return headers.origin !== new URL(ourUrl).origin && URL.parse(headers.origin)?.host !== headers.host;
}
