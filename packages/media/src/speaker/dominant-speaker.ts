import { immediateScores, longScores, mediumScores } from './activity-score.js';
import type { Sound } from './sound.js';

/**
 * The dominant speaker, after `measure` of every history (Volfin and Cohen, "Dominant Speaker
 * Identification for Multipoint Videoconferencing", 2012). A competitor takes over when it is more
 * active than the present speaker in all three time scales, so a cough or a door does not suffice;
 * in silence the last speaker stays.
 */
export function dominantSpeaker(sounds: Iterable<Sound>, present: Sound | undefined): Sound | undefined {
  let best: Sound | undefined;
  let bestRatio = Number.NEGATIVE_INFINITY;
  for (const sound of sounds) {
    const { immediate, medium, long } = sound.history;
    if (sound === present || long < LEAST_LONG) continue;
    const immediateRatio = Math.log(immediateScores[immediate]! / immediateScores[present?.history.immediate ?? 0]!);
    const mediumRatio = Math.log(mediumScores[medium]! / mediumScores[present?.history.medium ?? 0]!);
    const longRatio = Math.log(longScores[long]! / longScores[present?.history.long ?? 0]!);
    if (immediateRatio <= IMMEDIATE_THRESHOLD || mediumRatio <= MEDIUM_THRESHOLD || longRatio <= LONG_THRESHOLD)
      continue;
    // Of several competitors, the one that stands out over the last tenth of a second, then over
    // the last second.
    const ratio = mediumRatio + longRatio;
    if (ratio <= bestRatio) continue;
    best = sound;
    bestRatio = ratio;
  }
  return best ?? present;
}

/** Natural logarithms of likelihood ratios, as in the paper. */
const IMMEDIATE_THRESHOLD = 3;
const MEDIUM_THRESHOLD = 2;
const LONG_THRESHOLD = 0;
/** 400 of the last 1,000 ms: a cough lasts 300, also in a silence. */
const LEAST_LONG = 4;
