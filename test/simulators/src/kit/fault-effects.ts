import type { CallEffect, Fault, FeedEffect, NotificationEffect } from "../simulator.ts";

type Effect = Fault["effect"];

export function isOfFeed(effect: Effect): effect is FeedEffect {
  return effect.type === "stick_feed";
}

export function isOfNotification(effect: Effect): effect is NotificationEffect {
  return effect.type.endsWith("_notification");
}

export function isOfCall(effect: Effect): effect is CallEffect {
  return !isOfFeed(effect) && !isOfNotification(effect);
}
