import fastifyStatic from "@fastify/static";
import type { HttpServer } from "@lastunit/config/http";
import { CONTENT_SECURITY_POLICY } from "./access/protect.ts";
import type { Callers } from "./access/callers.ts";

const pages = { "/": "index.html", "/connect": "connect.html", "/channel": "channel.html" } as const;

/** The console's pages for whoever is logged in; their style and scripts hold no data and are anyone's. */
export function consolePages(app: HttpServer, directory: string, callers: Callers): void {
  void app.register(fastifyStatic, { root: directory, index: false, globIgnore: ["*.html"], wildcard: false });
  for (const [path, file] of Object.entries(pages)) {
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      if (!(await callers.find(request))) return reply.redirect(`/login?next=${encodeURIComponent(request.url)}`, 303);
      return reply.header("content-security-policy", CONTENT_SECURITY_POLICY).sendFile(file, { cacheControl: false });
    });
  }
}
