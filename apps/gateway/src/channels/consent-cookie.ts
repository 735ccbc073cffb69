import { randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

const SECRET = /^[\w-]{43}$/;

/** What browsers that set out for consent pages are known by when a platform sends them back: a random secret each. */
export interface ConsentCookie {
  /** The browser's secret; null when it has none. */
  read(request: FastifyRequest): string | null;
  /** The browser's secret, kept for that long from now on; it is given one when it has none. */
  keep(request: FastifyRequest, reply: FastifyReply, seconds: number): string;
}

/** @param isSecure whether browsers reach us by https. */
export function createConsentCookie(isSecure: boolean): ConsentCookie {
  // A cookie of this prefix can't be set from a sibling domain (RFC 6265bis), so nobody can be given another's secret.
  const name = isSecure ? "__Host-lastunit_consent" : "lastunit_consent";

  function read(request: FastifyRequest): string | null {
    const value = request.cookies[name];
    return value !== undefined && SECRET.test(value) ? value : null;
  }

  return {
    read,
    keep(request, reply, seconds) {
      const secret = read(request) ?? randomBytes(32).toString("base64url");
      // Lax: it comes along when the platform's page sends the browser back, and not with what other pages load or post.
      void reply.setCookie(name, secret, {
        path: "/",
        httpOnly: true,
        sameSite: "lax",
        secure: isSecure,
        maxAge: seconds,
      });
      return secret;
    },
  };
}
