import type { FastifyReply } from "fastify";
import { CONTENT_SECURITY_POLICY } from "./access/protect.ts";

/** A small page of ours that needs no session. @param body HTML; whatever comes from outside is escaped. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escapeHtml(title)} · Lastunit</title>
  <link rel="stylesheet" href="/console.css">
</head>
<body class="login">
  <main>
    <h1>Lastunit</h1>
    ${body}
  </main>
</body>
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
