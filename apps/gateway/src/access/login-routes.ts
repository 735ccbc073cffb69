import formbody from "@fastify/formbody";
import rateLimit from "@fastify/rate-limit";
import { Problem, type HttpServer } from "@lastunit/config/http";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { sendPage } from "../pages.ts";
import type { Callers } from "./callers.ts";
import { localPath } from "./local-path.ts";
import { loginPage } from "./login-page.ts";
import type { Sessions } from "./session.ts";

/** From one address. */
const LOGINS = { max: 30, timeWindow: "1 minute" };

const loginQuery = z.object({ next: z.string().default("/") });
const loginForm = z.object({ token: z.string().default(""), next: z.string().default("/") });

/** `/login` and `/logout`: a browser trades a token for a session. */
export function loginRoutes(app: HttpServer, callers: Callers, sessions: Sessions): void {
  // Forms are read here, and where a browser sets out for a consent: no other route takes what any page can send.
  void app.register(async (scope: FastifyInstance) => {
    await scope.register(formbody);
    await scope.register(rateLimit, {
      global: false,
      errorResponseBuilder: (_request, { ttl }) =>
        new Problem(429, "too_many_logins", "Too many logins from this address; wait a little.", {
          retryAfterSeconds: Math.ceil(ttl / 1_000),
        }),
    });

    scope.get<{ Querystring: z.infer<typeof loginQuery> }>(
      "/login",
      { schema: { hide: true, querystring: loginQuery } },
      (request, reply) => sendPage(reply, loginPage({ next: localPath(request.query.next) })),
    );

    scope.post<{ Body: z.infer<typeof loginForm> }>(
      "/login",
      { config: { rateLimit: LOGINS }, schema: { hide: true, body: loginForm } },
      async (request, reply) => {
        const next = localPath(request.body.next);
        const token = request.body.token.trim();
        const caller = await callers.byToken(token);
        if (!caller) return sendPage(reply.code(401), loginPage({ next, wasRefused: true }));
        await sessions.start(reply, { token, caller });
        return reply.redirect(next, 303);
      },
    );

    scope.post("/logout", { schema: { hide: true } }, (_request, reply) => {
      sessions.end(reply);
      return reply.redirect("/login", 303);
    });
  });
}
