export { migrateStore, type Queryable } from "./database.ts";
export { StoreError, type StoreErrorCode } from "./errors.ts";
export {
  createChannel,
  findChannel,
  listChannels,
  reviseChannel,
  saveOrdersCursor,
  setChannelStatus,
  type Allocation,
  type Channel,
  type ChannelCapabilities,
  type ChannelStatus,
  type NewChannel,
} from "./channels/channels.ts";
export { ledgerLocationOf, listChannelLocations, type ChannelLocation } from "./channels/locations.ts";
export { finishOffers, reviseOffer, type RevisedOffer } from "./channels/offer.ts";
export {
  lookAgainSoon,
  saveChannelHealth,
  saveWebhookUrl,
  lookAtOnce,
  takeUnlooked,
  type ChannelHealth,
} from "./channels/upkeep.ts";
export { summarizeChannel, summarizeChannels, type ChannelSummary } from "./channels/summary.ts";
export { findTroubles, type ChannelTroubles } from "./channels/troubles.ts";
export {
  createCredentialBox,
  saveCredentials,
  type CredentialBox,
  type CredentialOwner,
} from "./credentials/credentials.ts";
export {
  beginConsent,
  bindConsent,
  endConsent,
  findAwaitedConsent,
  findConsent,
  grantConsent,
  readGrantedConsent,
  refuseConsent,
  releaseConsent,
  takeReturnedConsent,
  type Consent,
} from "./consents/consents.ts";
export { remembering } from "./credentials/remembering.ts";
export {
  emptyDeliveries,
  finishDelivery,
  loadDelivery,
  openDeliveries,
  type Delivery,
  type DeliveryOutcome,
  type DeliveryStatus,
  type StoredDelivery,
} from "./inbox/inbox.ts";
export {
  deliveryKey,
  storeDeliveries,
  storeDelivery,
  type NewDelivery,
  type Stored,
} from "./inbox/store-deliveries.ts";
export type { Json, ListingRef } from "./listings/listing-ref.ts";
export {
  clearListingError,
  findListings,
  listListings,
  saveListingSettings,
  type DesiredTerms,
  type Listing,
  type ListingSettings,
} from "./listings/listings.ts";
export {
  beginImport,
  findImport,
  postponeImport,
  storeImportPage,
  takeDueImport,
  type ImportPage,
  type ListingImport,
} from "./listings/imports.ts";
export { summarizeMatching, type Matching, type Unmatched } from "./listings/matching.ts";
export { resolveOrderItems, type OrderItem } from "./listings/resolve.ts";
export { upsertListings, type ImportedListing, type ImportResult } from "./listings/upsert.ts";
export { ensureMerchant, rewrapDataKeys, type Merchant } from "./merchants/merchants.ts";
export { claimPushes, type Buckets, type ClaimedPush, type Claims } from "./push/claim.ts";
export { doubtFeed, doubtShown, forgetShown } from "./push/doubt.ts";
export { claimUnconfirmed, confirmShown } from "./push/confirm.ts";
export { holdBucket } from "./push/hold.ts";
export {
  abandonFeed,
  askFeedAgain,
  claimFeed,
  feedSubmitted,
  forgetFeed,
  giveUpFeed,
  settleFeed,
  takeDueFeed,
  type Feed,
  type OpenFeed,
} from "./push/feeds.ts";
export { forgetPushes, listPushes, recentPushes, type PushRecord, type RecentPushes } from "./push/history.ts";
export { releasePushes, REVISIONS_SPENT, settlePushes, type PushOutcome, type PushResult } from "./push/settle.ts";
export { overviewStock, type ShownListing, type StockOverview } from "./stock/overview.ts";
export { listOversellCases, listStock, resolveOversellCase, type OversellCase, type StockRow } from "./stock/stock.ts";
export { applyEvents } from "./sync/apply-events.ts";
export type { ChangedListing, ListingErrorReason, PushPriority } from "./sync/changed-listing.ts";
export { currentCheckpoint, currentPosition, rebuildFromLog } from "./sync/checkpoint.ts";
export type { LedgerEvent } from "./sync/ledger-event.ts";
export { recomputeListings } from "./sync/recompute.ts";
export { forgetUnseen, listingsBehind } from "./sync/sweep.ts";
export { beat, HEARTBEAT_EVERY_MS, isBeating, type BeatingPart } from "./health/heartbeat.ts";
