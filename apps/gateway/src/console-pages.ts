import fastifyStatic from "@fastify/static";
import type { HttpServer } from "@lastunit/config/http";
import { CONTENT_SECURITY_POLICY } from "./access/protect.ts";
import type { Sessions } from "./access/session.ts";

const PAGE = "index.html";

/** The console's page for whoever is logged in; its style and script hold no data and are anyone's. */
export function consolePages(app: HttpServer, directory: string, sessions: Sessions): void {
  void app.register(fastifyStatic, { root: directory, index: false, globIgnore: [PAGE], wildcard: false });
  app.get("/", { schema: { hide: true } }, (request, reply) => {
    if (!sessions.read(request)) return reply.redirect("/login?next=/", 303);
    return reply.header("content-security-policy", CONTENT_SECURITY_POLICY).sendFile(PAGE, { cacheControl: false });
  });
}
