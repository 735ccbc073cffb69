export { adapterOf, adapters } from "./adapters.ts";
