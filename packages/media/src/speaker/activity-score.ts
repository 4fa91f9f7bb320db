import { IMMEDIATE_STEPS, MEDIUMS_PER_LONG, UNITS_PER_MEDIUM } from './level-history.js';

/**
 * The score of speech for `v` active units of one time scale: the logarithm of the likelihood ratio
 * of a binomial distribution for speech and an exponential one for its absence (Volfin and Cohen,
 * "Dominant Speaker Identification for Multipoint Videoconferencing", 2012, equations 9 and 12).
 * Tables by `v`, never below a small positive number.
 */
export const immediateScores = scores(IMMEDIATE_STEPS, 0.78);
export const mediumScores = scores(UNITS_PER_MEDIUM, 24);
export const longScores = scores(MEDIUMS_PER_LONG, 47);

function scores(units: number, lambda: number): Float64Array {
  const table = new Float64Array(units + 1);
  for (let v = 0; v <= units; v++) {
    const binomial = logBinomial(units, v) + units * Math.log(0.5);
    // The ratio of two scores requires positive scores.
    table[v] = Math.max(1e-10, binomial - Math.log(lambda) + lambda * v);
  }
  return table;
}

function logBinomial(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
}
