import fastifyStatic from "@fastify/static";
import type { HttpServer } from "@lastunit/config/http";
import { CONTENT_SECURITY_POLICY } from "./access/protect.ts";
import type { Callers } from "./access/callers.ts";

const PAGE = "index.html";

/** The console's page for whoever is logged in; its style and script hold no data and are anyone's. */
export function consolePages(app: HttpServer, directory: string, callers: Callers): void {
  void app.register(fastifyStatic, { root: directory, index: false, globIgnore: [PAGE], wildcard: false });
  app.get("/", { schema: { hide: true } }, async (request, reply) => {
    if (!(await callers.find(request))) return reply.redirect("/login?next=/", 303);
    return reply.header("content-security-policy", CONTENT_SECURITY_POLICY).sendFile(PAGE, { cacheControl: false });
  });
}
