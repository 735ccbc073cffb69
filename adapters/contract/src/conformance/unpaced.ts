import type { Pacer } from "../pacing.ts";

/** A pacer that lets every call through at once. */
export const unpaced: Pacer = {
  spend: async (_bucket, work) => work(),
  observe: () => {},
};
