export * from "./simulator.ts";
