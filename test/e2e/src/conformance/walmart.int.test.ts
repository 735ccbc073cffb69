import { simulatedConformance } from "./simulated-channel.ts";
import { walmart } from "./walmart.ts";

simulatedConformance(walmart);
