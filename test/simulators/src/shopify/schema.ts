/**
 * The types the simulator knows, of Shopify's Admin API 2026-10. A field's type is followed by the arguments it takes; a
 * type that isn't in the table is a scalar or enum. `…Connection` stands for the usual nodes, edges and pageInfo with `first`, `after`.
 */
export const schema: { readonly [type: string]: { readonly [field: string]: string } } = {
  QueryRoot: {
    shop: "Shop",
    currentAppInstallation: "AppInstallation",
    locations: "LocationConnection(includeInactive)",
    nodes: "Node(ids)",
    node: "Node(id)",
    inventoryItem: "InventoryItem(id)",
    productVariants: "ProductVariantConnection(sortKey)",
    productVariantsCount: "Count(limit)",
    orders: "OrderConnection(sortKey,query)",
    order: "Order(id)",
    webhookSubscriptions: "WebhookSubscriptionConnection(topics,uri)",
  },
  Mutation: {
    inventorySetQuantities: "InventorySetQuantitiesPayload(input)",
    inventoryActivate: "InventoryActivatePayload(inventoryItemId,locationId,available)",
    productVariantsBulkUpdate: "ProductVariantsBulkUpdatePayload(productId,variants,allowPartialUpdates)",
    webhookSubscriptionCreate: "WebhookSubscriptionCreatePayload(topic,webhookSubscription)",
    webhookSubscriptionDelete: "WebhookSubscriptionDeletePayload(id)",
  },
  Node: { id: "ID" },
  Count: { count: "Int", precision: "CountPrecision" },
  Shop: { id: "ID", name: "String", myshopifyDomain: "String", currencyCode: "CurrencyCode" },
  AppInstallation: { id: "ID", accessScopes: "AccessScope" },
  AccessScope: { handle: "String" },
  Location: { id: "ID", name: "String", isActive: "Boolean", fulfillsOnlineOrders: "Boolean" },
  Product: { id: "ID", title: "String", status: "ProductStatus" },
  ProductVariant: {
    id: "ID",
    sku: "String",
    title: "String",
    barcode: "String",
    displayName: "String",
    price: "Money",
    compareAtPrice: "Money",
    requiresComponents: "Boolean",
    inventoryQuantity: "Int",
    product: "Product",
    inventoryItem: "InventoryItem",
  },
  InventoryItem: {
    id: "ID",
    sku: "String",
    tracked: "Boolean",
    variant: "ProductVariant",
    inventoryLevels: "InventoryLevelConnection",
    inventoryLevel: "InventoryLevel(locationId)",
  },
  InventoryLevel: {
    id: "ID",
    updatedAt: "DateTime",
    location: "Location",
    item: "InventoryItem",
    quantities: "InventoryQuantity(names)",
  },
  InventoryQuantity: { name: "String", quantity: "Int", updatedAt: "DateTime" },
  Order: {
    id: "ID",
    legacyResourceId: "UnsignedInt64",
    name: "String",
    createdAt: "DateTime",
    processedAt: "DateTime",
    updatedAt: "DateTime",
    cancelledAt: "DateTime",
    cancelReason: "OrderCancelReason",
    retailLocation: "Location",
    test: "Boolean",
    displayFinancialStatus: "OrderDisplayFinancialStatus",
    displayFulfillmentStatus: "OrderDisplayFulfillmentStatus",
    edited: "Boolean",
    agreements: "SalesAgreementConnection",
    lineItems: "LineItemConnection",
    refunds: "Refund(first)",
  },
  SalesAgreement: { id: "ID", happenedAt: "DateTime", reason: "OrderActionType", sales: "SaleConnection" },
  Sale: { id: "ID", actionType: "SaleActionType", lineType: "SaleLineType", quantity: "Int" },
  ProductSale: { id: "ID", lineItem: "LineItem" },
  LineItem: {
    id: "ID",
    sku: "String",
    title: "String",
    quantity: "Int",
    currentQuantity: "Int",
    unfulfilledQuantity: "Int",
    variant: "ProductVariant",
  },
  Refund: {
    id: "ID",
    createdAt: "DateTime",
    updatedAt: "DateTime",
    processedAt: "DateTime",
    note: "String",
    refundLineItems: "RefundLineItemConnection",
  },
  RefundLineItem: {
    id: "ID",
    quantity: "Int",
    restocked: "Boolean",
    restockType: "RefundLineItemRestockType",
    location: "Location",
    lineItem: "LineItem",
  },
  WebhookSubscription: {
    id: "ID",
    topic: "WebhookSubscriptionTopic",
    uri: "String",
    format: "WebhookSubscriptionFormat",
    includeFields: "String",
    filter: "String",
    name: "String",
    createdAt: "DateTime",
    updatedAt: "DateTime",
  },
  InventoryActivatePayload: { inventoryLevel: "InventoryLevel", userErrors: "UserError" },
  ProductVariantsBulkUpdatePayload: {
    product: "Product",
    productVariants: "ProductVariant",
    userErrors: "ProductVariantsBulkUpdateUserError",
  },
  ProductVariantsBulkUpdateUserError: {
    code: "ProductVariantsBulkUpdateUserErrorCode",
    field: "String",
    message: "String",
  },
  InventorySetQuantitiesPayload: {
    inventoryAdjustmentGroup: "InventoryAdjustmentGroup",
    userErrors: "InventorySetQuantitiesUserError",
  },
  InventorySetQuantitiesUserError: { code: "InventorySetQuantitiesUserErrorCode", field: "String", message: "String" },
  InventoryAdjustmentGroup: {
    id: "ID",
    createdAt: "DateTime",
    reason: "String",
    referenceDocumentUri: "String",
    changes: "InventoryChange",
  },
  InventoryChange: {
    name: "String",
    delta: "Int",
    quantityAfterChange: "Int",
    item: "InventoryItem",
    location: "Location",
  },
  WebhookSubscriptionCreatePayload: { webhookSubscription: "WebhookSubscription", userErrors: "UserError" },
  WebhookSubscriptionDeletePayload: { deletedWebhookSubscriptionId: "ID", userErrors: "UserError" },
  UserError: { field: "String", message: "String" },
  PageInfo: { hasNextPage: "Boolean", endCursor: "String", hasPreviousPage: "Boolean", startCursor: "String" },
};

const CONNECTION = /^(\w+)Connection$/u;
const EDGE = /^(\w+)Edge$/u;

/** The type and arguments of a field; undefined when the type has no such field. */
export function fieldOf(type: string, field: string): { type: string; args: readonly string[] } | undefined {
  if (field === "__typename") return { type: "String", args: [] };
  const node = CONNECTION.exec(type)?.[1];
  const edge = EDGE.exec(type)?.[1];
  const generated = node
    ? { nodes: node, edges: `${node}Edge`, pageInfo: "PageInfo" }
    : { node: edge, cursor: "String" };
  const fields: { readonly [field: string]: string | undefined } = node || edge ? generated : (schema[type] ?? {});
  const [, name, args] = /^(\w+)(?:\((.*)\))?$/u.exec(fields[field] ?? "") ?? [];
  if (name === undefined) return undefined;
  const paging = CONNECTION.test(name) ? ["first", "after"] : [];
  return { type: name, args: [...paging, ...(args?.split(",") ?? [])] };
}

/** Whether a field of this type needs a selection of subfields. */
export function isObjectType(type: string): boolean {
  return type in schema || CONNECTION.test(type) || EDGE.test(type);
}

export function isConnection(type: string): boolean {
  return CONNECTION.test(type);
}
