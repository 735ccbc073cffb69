import { z } from "zod";

/** The Identity API's getUser. eBay may withhold the name. */
export const User = z.object({ username: z.string().optional() });
