import type { Entry } from '../history.js';
import type { BrokenRule } from './broken-rule.js';
import { checkChat } from './chat.js';
import { checkComings } from './comings.js';
import { checkEnding } from './ending.js';
import { checkHomes } from './homes.js';
import { checkVersions } from './versions.js';

/**
 * Checks the history against R1 to R5. Each rule has a file of its own, which holds all its
 * requirements.
 */
export function checkHistory(entries: readonly Entry[]): BrokenRule[] {
  return [checkVersions, checkComings, checkHomes, checkChat, checkEnding].flatMap((check) => check(entries));
}
