export type { ApiAnswer, ApiRequest, ApiRoute } from "./api.ts";
export { createBucket, createBuckets, type Bucket, type BucketLimit } from "./bucket.ts";
export type { ChannelAccount, ChannelDefinition, Kit, Refund } from "./channel.ts";
export * from "./json.ts";
export { httpNotification, type Notification } from "./notifier.ts";
export type { SeededRandom } from "./random.ts";
export { jsonBody, queryInteger } from "./request.ts";
export { startSimulator } from "./simulator.ts";
export { createStock } from "./stock.ts";
