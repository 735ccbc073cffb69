import formbody from "@fastify/formbody";
import type { HttpServer } from "@lastunit/config/http";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { sendPage } from "../pages.ts";
import type { Callers } from "./callers.ts";
import { localPath } from "./local-path.ts";
import { loginPage } from "./login-page.ts";
import type { Sessions } from "./session.ts";

const loginQuery = z.object({ next: z.string().default("/") });
const loginForm = z.object({ token: z.string().default(""), next: z.string().default("/") });

/** `/login` and `/logout`: a browser trades a token for a session. */
export function loginRoutes(app: HttpServer, callers: Callers, sessions: Sessions): void {
  // Forms are read here alone: no other route takes what any page can send.
  void app.register(async (scope: FastifyInstance) => {
    await scope.register(formbody);

    scope.get<{ Querystring: z.infer<typeof loginQuery> }>(
      "/login",
      { schema: { hide: true, querystring: loginQuery } },
      (request, reply) => sendPage(reply, loginPage({ next: localPath(request.query.next) })),
    );

    scope.post<{ Body: z.infer<typeof loginForm> }>(
      "/login",
      { schema: { hide: true, body: loginForm } },
      async (request, reply) => {
        const next = localPath(request.body.next);
        const caller = await callers.byToken(request.body.token.trim());
        if (!caller) return sendPage(reply.code(401), loginPage({ next, wasRefused: true }));
        sessions.start(reply, caller);
        return reply.redirect(next, 303);
      },
    );

    scope.post("/logout", { schema: { hide: true } }, (_request, reply) => {
      sessions.end(reply);
      return reply.redirect("/login", 303);
    });
  });
}
