import type { FastifyReply } from "fastify";
import { CONTENT_SECURITY_POLICY } from "./access/protect.ts";

/** A small page of ours that needs no session. @param body HTML; whatever comes from outside is escaped. */
export function page(title: string, body: string): string {
  return htmlDocument({
    title: `${title} · Lastunit`,
    body: `<body class="small">
  <main>
    <h1>Lastunit</h1>
    ${body}
  </main>
</body>`,
  });
}

/** A page of the console, under its header. */
export interface ConsolePage {
  readonly path: string;
  readonly title: string;
  /** The address of its script. */
  readonly script: string;
  /** HTML: its `<main>`. */
  readonly main: string;
}

export function consolePage({ path, title, script, main }: ConsolePage): string {
  const isHome = path === "/";
  return htmlDocument({
    title: isHome ? "Lastunit" : `${title} · Lastunit`,
    script,
    body: `<body>
  <a class="skip" href="#main">To the page's content</a>
  <header>
    ${isHome ? "<h1>Lastunit</h1>" : '<p class="home"><a href="/">Lastunit</a></p>'}
    <nav aria-label="Lastunit">
      <a href="/connect"${path === "/connect" ? ' aria-current="page"' : ""}>Connect a channel</a>
      <a href="/ops/queues" class="operator" hidden>Queues</a>
      <a href="/docs">API</a>
      <form method="post" action="/logout"><button>Log out</button></form>
    </nav>
  </header>
  ${main}
</body>`,
  });
}

/** What all our pages begin with. */
function htmlDocument(options: { readonly title: string; readonly script?: string; readonly body: string }): string {
  const { title, script, body } = options;
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escapeHtml(title)}</title>
  <link rel="icon" href="/favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/console.css">${script === undefined ? "" : `\n  <script type="module" src="${script}"></script>`}
</head>
${body}
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .header("content-security-policy", CONTENT_SECURITY_POLICY)
    .type("text/html; charset=utf-8")
    .serializer(String)
    .send(html);
}
