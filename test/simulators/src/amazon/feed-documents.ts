import { asObject, asText, parseJson, type ApiAnswer, type ApiRequest, type ApiRoute, type Kit } from "../kit/index.ts";
import type { Seller } from "./account.ts";
import type { FeedDocument } from "./feed-store.ts";
import { badRequest, failure, type Operation } from "./operation.ts";

/** Amazon docs, createFeedDocument: presigned addresses are good for 5 minutes. */
const ADDRESS_MS = 5 * 60 * 1_000;

/** Feeds 2021-06-30: the documents, and the storage behind their presigned addresses. */
export function feedDocumentOperations(kit: Kit<Seller>): readonly Operation[] {
  return [
    {
      name: "createFeedDocument",
      method: "POST",
      path: "/feeds/2021-06-30/documents",
      limit: { perSecond: 0.5, burst: 15 },
      role: "Product Listing",
      handle: (seller, request) => createDocument(seller, request, kit),
    },
    {
      name: "getFeedDocument",
      method: "GET",
      path: "/feeds/2021-06-30/documents/:documentId",
      limit: { perSecond: 0.0222, burst: 10 },
      role: "Product Listing",
      handle: getDocument,
    },
  ];
}

export function addDocument(seller: Seller, document: Omit<FeedDocument, "expiresAt">, kit: Kit<Seller>): string {
  const id = `amzn1.tortuga.4.na.${kit.random.uuid()}`;
  seller.feeds.documents.set(id, { ...document, expiresAt: Date.now() + ADDRESS_MS });
  return id;
}

function createDocument(seller: Seller, { body }: ApiRequest, kit: Kit<Seller>): ApiAnswer {
  const contentType = asText(asObject(parseJson(body))?.["contentType"]);
  if (contentType === undefined) return badRequest("contentType is required");
  const feedDocumentId = addDocument(seller, { contentType, compression: null, bytes: null }, kit);
  return { status: 201, body: { feedDocumentId, url: addressOf(feedDocumentId) } };
}

function getDocument(seller: Seller, { params }: ApiRequest): ApiAnswer {
  const feedDocumentId = params["documentId"] ?? "";
  const document = seller.feeds.documents.get(feedDocumentId);
  if (!document) return failure(404, "NotFound", "The feed document was not found.");
  seller.feeds.documents.set(feedDocumentId, { ...document, expiresAt: Date.now() + ADDRESS_MS });
  const compression = document.compression && { compressionAlgorithm: document.compression };
  return { status: 200, body: { feedDocumentId, url: addressOf(feedDocumentId), ...compression } };
}

const STORAGE_HOST = "tortuga-prod-na.s3-external-1.amazonaws.com";
const STORAGE = "/presigned-documents";

function addressOf(id: string): string {
  return `https://${STORAGE_HOST}${STORAGE}/${id}?X-Amz-Expires=${ADDRESS_MS / 1_000}&X-Amz-Signature=simulated`;
}

/** No access token: whoever has the address may use it, with the very content type it was made for. */
export function storageRoutes(sellers: () => readonly Seller[]): readonly ApiRoute[] {
  const path = `${STORAGE}/:documentId`;
  return [
    {
      method: "PUT",
      path,
      operation: "uploadDocument",
      handle: (request) => upload(request, documentOf(request, sellers())),
    },
    {
      method: "GET",
      path,
      operation: "downloadDocument",
      handle: (request) => download(documentOf(request, sellers())),
    },
  ];
}

function documentOf({ host, params }: ApiRequest, sellers: readonly Seller[]): FeedDocument | undefined {
  if (host !== STORAGE_HOST) return undefined;
  const id = params["documentId"] ?? "";
  const document = sellers.map(({ feeds }) => feeds.documents.get(id)).find((each) => each !== undefined);
  return document && document.expiresAt > Date.now() ? document : undefined;
}

function upload({ headers, body }: ApiRequest, document: FeedDocument | undefined): ApiAnswer {
  if (!document) return { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" };
  if (headers["content-type"] !== document.contentType) {
    return { status: 403, body: "<Error><Code>SignatureDoesNotMatch</Code></Error>" };
  }
  document.bytes = body;
  return { status: 200 };
}

function download(document: FeedDocument | undefined): ApiAnswer {
  if (!document?.bytes) return { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" };
  return { status: 200, headers: { "content-type": document.contentType }, body: document.bytes };
}
