import { registerHooks } from "node:module";
import { plantInto, type Plan } from "./change.ts";

/** Has this process read its source with the plan's changes. To be called before any of it is loaded (`node --import`). */
export function plantAsLoaded(plan: Plan): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const read = () => (typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source));
      const source = plantInto(plan, url, read);
      return source === undefined ? loaded : { ...loaded, source };
    },
  });
}
