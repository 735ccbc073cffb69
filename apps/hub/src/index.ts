export { startHub, type Hub } from "./hub.ts";
