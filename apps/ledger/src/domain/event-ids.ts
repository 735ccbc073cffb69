/** Event ids beginning so are made by the ledger alone: for the lines of reservations. */
export const RESERVED_EVENT_ID_PREFIX = "reservation:";
