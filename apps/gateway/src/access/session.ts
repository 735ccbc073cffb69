import { hkdfSync } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { EncryptJWT, jwtDecrypt } from "jose";
import { z } from "zod";
import type { Caller } from "./callers.ts";

const LIFETIME_SECONDS = 12 * 3_600;

/** What the cookie holds; merchant null: an operator. */
const stored = z.object({ token: z.string(), merchant: z.string().nullable() });

/** A browser's login: the token it was begun with, and whose that was then. */
export interface Session {
  readonly token: string;
  readonly caller: Caller;
}

/** Browsers' logins: an encrypted, http-only cookie that ends by itself. */
export interface Sessions {
  start(reply: FastifyReply, session: Session): Promise<void>;
  end(reply: FastifyReply): void;
  /** The browser's session; undefined without a genuine, living one. */
  read(request: FastifyRequest): Promise<Session | undefined>;
}

/**
 * @param options.isSecure whether browsers reach us by https.
 * @param options.secret encrypts the cookies; the same for all gateways.
 */
export function createSessions(options: { readonly isSecure: boolean; readonly secret: string }): Sessions {
  // A cookie of this prefix can't be set from a sibling domain (RFC 6265bis), so nobody can be logged in as someone else.
  const name = options.isSecure ? "__Host-lastunit_session" : "lastunit_session";
  const scope = { path: "/", httpOnly: true, sameSite: "strict", secure: options.isSecure } as const;
  const key = new Uint8Array(hkdfSync("sha256", options.secret, "", "lastunit session", 32));

  return {
    async start(reply, { token, caller }) {
      const merchant = "merchantId" in caller ? caller.merchantId : null;
      const value = await new EncryptJWT({ token, merchant })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .setExpirationTime(`${LIFETIME_SECONDS}s`)
        .encrypt(key);
      void reply.setCookie(name, value, { ...scope, maxAge: LIFETIME_SECONDS });
    },
    end(reply) {
      void reply.clearCookie(name, scope);
    },
    async read(request) {
      const cookie = request.cookies[name];
      if (cookie === undefined) return undefined;
      const opened = await jwtDecrypt(cookie, key, {
        keyManagementAlgorithms: ["dir"],
        contentEncryptionAlgorithms: ["A256GCM"],
        requiredClaims: ["exp"],
      }).catch(() => undefined);
      const session = stored.safeParse(opened?.payload).data;
      if (!session) return undefined;
      const { token, merchant } = session;
      return { token, caller: merchant === null ? { operator: true } : { merchantId: merchant } };
    },
  };
}
