export { migrateStore, type Queryable } from "./database.ts";
export { StoreError, type StoreErrorCode } from "./errors.ts";
export { setAllocation } from "./channels/allocation.ts";
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
export {
  ledgerLocationOf,
  listChannelLocations,
  setChannelLocations,
  type ChannelLocation,
} from "./channels/locations.ts";
export { saveChannelHealth, saveWebhookUrl, takeUnlooked, type ChannelHealth } from "./channels/upkeep.ts";
export { summarizeChannels, type ChannelSummary } from "./channels/summary.ts";
export {
  createCredentialBox,
  saveCredentials,
  type CredentialBox,
  type CredentialOwner,
} from "./credentials/credentials.ts";
export {
  beginConsent,
  endConsent,
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
  finishDelivery,
  loadDelivery,
  openDeliveries,
  storeDelivery,
  type Delivery,
  type DeliveryOutcome,
  type DeliveryStatus,
  type StoredDelivery,
} from "./inbox/inbox.ts";
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
  saveImportPage,
  takeDueImport,
  type ListingImport,
} from "./listings/imports.ts";
export { summarizeMatching, type Matching, type Unmatched } from "./listings/matching.ts";
export { resolveOrderItems, type OrderItem } from "./listings/resolve.ts";
export { upsertListings, type ImportedListing, type ImportResult } from "./listings/upsert.ts";
export { ensureMerchant, rewrapDataKeys, type Merchant } from "./merchants/merchants.ts";
export { claimPushes, type ClaimedPush, type Claims } from "./push/claim.ts";
export { doubtShown } from "./push/doubt.ts";
export { claimUnconfirmed, confirmShown } from "./push/confirm.ts";
export {
  abandonFeed,
  claimFeed,
  feedSubmitted,
  settleFeed,
  takeDueFeed,
  type Feed,
  type OpenFeed,
} from "./push/feeds.ts";
export { forgetPushes, listPushes, type PushRecord } from "./push/history.ts";
export { releasePushes, settlePushes, type PushOutcome, type PushResult } from "./push/settle.ts";
export { overviewStock, type ShownListing, type StockOverview } from "./stock/overview.ts";
export { listOversellCases, listStock, resolveOversellCase, type OversellCase, type StockRow } from "./stock/stock.ts";
export { applyEvents } from "./sync/apply-events.ts";
export type { ChangedListing, PushPriority } from "./sync/changed-listing.ts";
export { currentCheckpoint, currentPosition, rebuildFromLog } from "./sync/checkpoint.ts";
export type { LedgerEvent } from "./sync/ledger-event.ts";
export { recomputeChannel, recomputeListings } from "./sync/recompute.ts";
export { forgetUnseen, listingsBehind } from "./sync/sweep.ts";
export { beat, HEARTBEAT_EVERY_MS, isBeating, type BeatingPart } from "./health/heartbeat.ts";
