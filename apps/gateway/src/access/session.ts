import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Caller } from "./callers.ts";

const LIFETIME_SECONDS = 12 * 3_600;

/** What the cookie holds; null: an operator. */
const stored = z.object({ merchantId: z.string().nullable(), expiresAt: z.number() });

/** Browsers' logins: a signed, http-only cookie that says who it is and until when. */
export interface Sessions {
  start(reply: FastifyReply, caller: Caller): void;
  end(reply: FastifyReply): void;
  /** Who the browser is; undefined without a genuine, living session. */
  read(request: FastifyRequest): Caller | undefined;
}

/** @param isSecure whether browsers reach us by https. */
export function createSessions(isSecure: boolean): Sessions {
  // A cookie of this prefix can't be set from a sibling domain (RFC 6265bis), so nobody can be logged in as someone else.
  const name = isSecure ? "__Host-lastunit_session" : "lastunit_session";
  const scope = { path: "/", httpOnly: true, sameSite: "strict", secure: isSecure } as const;

  return {
    start(reply, caller) {
      const merchantId = "merchantId" in caller ? caller.merchantId : null;
      const session = { merchantId, expiresAt: Date.now() + LIFETIME_SECONDS * 1_000 };
      const value = Buffer.from(JSON.stringify(session)).toString("base64url");
      void reply.setCookie(name, value, { ...scope, signed: true, maxAge: LIFETIME_SECONDS });
    },
    end(reply) {
      void reply.clearCookie(name, scope);
    },
    read(request) {
      const unsigned = request.unsignCookie(request.cookies[name] ?? "");
      if (!unsigned.valid) return undefined;
      const session = stored.safeParse(JSON.parse(Buffer.from(unsigned.value, "base64url").toString("utf8"))).data;
      if (!session || session.expiresAt <= Date.now()) return undefined;
      return session.merchantId === null ? { operator: true } : { merchantId: session.merchantId };
    },
  };
}
