import { plantAsLoaded } from "./hook.ts";
import { namedFault } from "./named-fault.ts";

/*
 * Loaded before a ledger process (`node --import`): puts the mistake named by PLANTED_FAULT into its source as that is
 * read. The product itself has no switch for any of this.
 */

plantAsLoaded(namedFault());
