import { amazon } from "./amazon.ts";
import { simulatedConformance } from "./simulated-channel.ts";

simulatedConformance(amazon);
