import { fileURLToPath } from "node:url";

/** The folder of the console's pages, served as they are. */
export const consoleDirectory = fileURLToPath(new URL("../public", import.meta.url));
