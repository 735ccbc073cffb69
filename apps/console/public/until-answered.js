// @ts-check
import { ApiProblem } from "./api.js";

/**
 * Asks for a consent until it is answered. That Lastunit does not answer for a while is waited out.
 *
 * @param {() => Promise<any>} ask
 * @param {{ tell: (news: { consent: any } | { error: ApiProblem }) => void, pause: () => Promise<void> }} meanwhile
 * @returns {Promise<any>} the consent, granted or refused
 */
export async function untilAnswered(ask, { tell, pause }) {
  for (;;) {
    try {
      const consent = await ask();
      if (consent.status !== "waiting") return consent;
      tell({ consent });
    } catch (error) {
      if (!(error instanceof ApiProblem) || (error.status !== 0 && error.status < 500)) throw error;
      tell({ error });
    }
    await pause();
  }
}
