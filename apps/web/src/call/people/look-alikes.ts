import { remove } from 'confusables';

export interface Named {
  id: string;
  name: string;
  role: 'host' | 'moderator' | 'member' | 'guest';
}

/**
 * The name to show for each person, by id. Names that look alike get a number: a guest may join
 * under another person's name. Participants with an account keep theirs, then the first in the list
 * does.
 */
export function distinctNames(people: readonly Named[]): Map<string, string> {
  const shown = new Map<string, string>();
  const taken = new Set<string>();
  const order = [...people].sort((a, b) => Number(a.role === 'guest') - Number(b.role === 'guest'));
  for (const { id, name } of order) {
    let label = name;
    // A name may itself end in a number.
    for (let number = 2; taken.has(skeleton(label)); number += 1) label = `${name} (${number})`;
    taken.add(skeleton(label));
    shown.set(id, label);
  }
  return shown;
}

/**
 * The skeleton of a name, without characters that readers overlook, in the sense of Unicode's UTS
 * 39 section 4.
 */
function skeleton(name: string): string {
  const known = SKELETONS.get(name);
  if (known !== undefined) return known;
  if (SKELETONS.size >= MOST_SKELETONS) SKELETONS.clear();
  const found = skeletonOf(name);
  SKELETONS.set(name, found);
  return found;
}

function skeletonOf(name: string): string {
  const plain = remove(name.normalize('NFKD').replace(UNSEEN, '')).replace(/[I1|]/g, 'l').toLowerCase();
  const likened = plain.replaceAll('0', 'o').replaceAll('rn', 'm').replaceAll('vv', 'w');
  return likened === '' ? name : likened;
}

/** Marks, spaces, punctuation and characters without a glyph. */
const UNSEEN = /[\p{M}\p{Z}\p{P}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Names are compared after each change of a call, and finding a skeleton takes a while. */
const SKELETONS = new Map<string, string>();
/** The participants of a meeting. */
const MOST_SKELETONS = 1_000;
