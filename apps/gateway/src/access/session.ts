import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Caller } from "./callers.ts";

const COOKIE = "lastunit_session";
const LIFETIME_SECONDS = 12 * 3_600;

const stored = z.object({ merchantId: z.string().nullable(), expiresAt: z.number() });

/** Logs a browser in: a signed, http-only cookie that says who it is and until when. */
export function startSession(reply: FastifyReply, caller: Caller, isSecure: boolean): void {
  const session = {
    merchantId: "merchantId" in caller ? caller.merchantId : null,
    expiresAt: Date.now() + LIFETIME_SECONDS * 1_000,
  };
  void reply.setCookie(COOKIE, Buffer.from(JSON.stringify(session)).toString("base64url"), {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: isSecure,
    signed: true,
    maxAge: LIFETIME_SECONDS,
  });
}

export function endSession(reply: FastifyReply): void {
  void reply.clearCookie(COOKIE, { path: "/" });
}

/** Who the browser is; undefined without a genuine, living session. */
export function readSession(request: FastifyRequest): Caller | undefined {
  const cookie = request.cookies[COOKIE];
  if (cookie === undefined) return undefined;
  const unsigned = request.unsignCookie(cookie);
  if (!unsigned.valid) return undefined;
  const session = stored.parse(JSON.parse(Buffer.from(unsigned.value, "base64url").toString("utf8")));
  if (session.expiresAt <= Date.now()) return undefined;
  return session.merchantId === null ? { operator: true } : { merchantId: session.merchantId };
}
