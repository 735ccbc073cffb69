import type { ApiRoute } from "../kit/index.ts";
import { grantRoute } from "./access.ts";
import type { Ebay } from "./ebay.ts";
import { notificationError, refuse } from "./errors.ts";
import { scopes } from "./scopes.ts";

const PATH = "/commerce/notification/v1/topic";

export interface Topic {
  readonly topicId: string;
  /** USER: subscribed with each seller's token; APPLICATION: once, with the application's. */
  readonly scope: "USER" | "APPLICATION";
  readonly authorizationScopes: readonly string[];
  readonly schemaVersion: string;
}

/** The topics that concern stock and access. */
export const topics: readonly Topic[] = [
  {
    topicId: "ORDER_CONFIRMATION",
    scope: "USER",
    authorizationScopes: [scopes.subscription],
    schemaVersion: "1.0",
  },
  {
    topicId: "AUTHORIZATION_REVOCATION",
    scope: "APPLICATION",
    authorizationScopes: [scopes.base],
    schemaVersion: "1.0",
  },
  {
    topicId: "MARKETPLACE_ACCOUNT_DELETION",
    scope: "APPLICATION",
    authorizationScopes: [scopes.base],
    schemaVersion: "1.0",
  },
];

/** getTopics and getTopic (eBay Commerce Notification API). */
export function topicRoutes(ebay: Ebay): readonly ApiRoute[] {
  const common = { method: "GET", scopes: [scopes.base], quota: "notification" } as const;
  return [
    grantRoute(ebay, {
      ...common,
      path: PATH,
      operation: "getTopics",
      handle: () => ({
        status: 200,
        body: { total: topics.length, href: PATH, limit: 20, topics: topics.map(topicBody) },
      }),
    }),
    grantRoute(ebay, {
      ...common,
      path: `${PATH}/:topicId`,
      operation: "getTopic",
      handle(request) {
        const topic = topics.find(({ topicId }) => topicId === request.params["topicId"]);
        if (!topic) return refuse(404, notificationError(195002, "The topic id does not exist."));
        return { status: 200, body: topicBody(topic) };
      },
    }),
  ];
}

function topicBody({ topicId, scope, authorizationScopes, schemaVersion }: Topic) {
  const payload = { format: ["JSON"], schemaVersion, deliveryProtocol: "HTTPS", deprecated: false };
  return { topicId, scope, authorizationScopes, status: "ENABLED", supportedPayloads: [payload] };
}
