import fs from "node:fs";
import path from "node:path";
import fastifyStatic from "@fastify/static";
import type { HttpServer } from "@lastunit/config/http";
import type { Callers } from "./access/callers.ts";
import { consolePage, sendPage } from "./pages.ts";

/** The console's pages: `<name>.html` is its `<main>`, `<name>.js` its script. */
const pages = [
  { path: "/", name: "home", title: "Lastunit" },
  { path: "/connect", name: "connect", title: "Connect a channel" },
  { path: "/channel", name: "channel", title: "Channel" },
] as const;

/** The console's pages for whoever is logged in; their style, icon and scripts hold no data and are anyone's. */
export function consolePages(app: HttpServer, directory: string, callers: Callers): void {
  void app.register(fastifyStatic, { root: directory, index: false, globIgnore: ["*.html"], wildcard: false });
  for (const { name, ...about } of pages) {
    const main = fs.readFileSync(path.join(directory, `${name}.html`), "utf8");
    const html = consolePage({ ...about, script: `/${name}.js`, main });
    app.get(about.path, { schema: { hide: true } }, async (request, reply) => {
      if (await callers.find(request)) return sendPage(reply, html);
      return reply.redirect(`/login?next=${encodeURIComponent(request.url)}`, 303);
    });
  }
}
