/** The seed of the random tests: `FC_SEED` when set, to repeat a run; fresh otherwise. Printed, so that any run can be. */
export const seed: number = Number(process.env["FC_SEED"] ?? Math.trunc(Math.random() * 2 ** 31));
process.stdout.write(`random tests of this file repeat with FC_SEED=${seed}\n`);
