import formbody from "@fastify/formbody";
import { Problem, type HttpServer } from "@lastunit/config/http";
import { z } from "zod";
import type { GatewayParts } from "../options.ts";
import type { Callers } from "./callers.ts";
import { loginPage } from "./login-page.ts";
import { endSession, startSession } from "./session.ts";

const loginForm = z.object({ token: z.string().default(""), next: z.string().default("/") });

/** `/login` and `/logout`: a browser trades a token for a session. */
export function loginRoutes(app: HttpServer, parts: GatewayParts, callers: Callers): void {
  void app.register(formbody);
  const html = "text/html; charset=utf-8";

  app.get(
    "/login",
    { schema: { hide: true, querystring: z.object({ next: z.string().default("/") }) } },
    (request, reply) =>
      reply
        .type(html)
        .serializer(String)
        .send(loginPage({ next: localPath(request.query.next) })),
  );

  app.post("/login", { schema: { hide: true, body: loginForm } }, async (request, reply) => {
    refuseForeign(request.headers["sec-fetch-site"]);
    const next = localPath(request.body.next);
    const caller = await callers.byToken(request.body.token.trim());
    if (!caller) {
      return reply
        .code(401)
        .type(html)
        .serializer(String)
        .send(loginPage({ next, wasRefused: true }));
    }
    startSession(reply, caller, parts.url().startsWith("https:"));
    return reply.redirect(next, 303);
  });

  app.post("/logout", { schema: { hide: true } }, (request, reply) => {
    refuseForeign(request.headers["sec-fetch-site"]);
    endSession(reply);
    return reply.redirect("/login", 303);
  });
}

/** Another site must not log a browser in or out. Browsers all send the header; other clients hold no session to abuse. */
export function refuseForeign(site: string | string[] | undefined): void {
  if (site === undefined || site === "same-origin" || site === "none") return;
  throw new Problem(403, "foreign_origin", "This must come from Lastunit's own pages.");
}

/** Only a path of ours: never another site's address. */
function localPath(next: string): string {
  return /^\/(?![/\\])/.test(next) ? next : "/";
}
