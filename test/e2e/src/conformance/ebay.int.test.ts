import { ebay } from "./ebay.ts";
import { simulatedConformance } from "./simulated-channel.ts";

simulatedConformance(ebay);
