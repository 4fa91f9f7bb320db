import type { Role } from '@waterbus/client';

/** Somebody who can be mentioned: a participant of the call, or a member. */
export type Mentionable = {
  name: string;
  /** Where another person has the same name; default: the name. */
  shown?: string | undefined;
  role?: Role;
} & ({ participantId: string } | { userId: string });

/** The id by which a person differs from others of the same name. */
export function idOf(one: Mentionable): string {
  return 'userId' in one ? one.userId : one.participantId;
}

/** The mention that is being written before the caret: its place and the letters after `@`. */
export function writtenMention(text: string, caret: number): { from: number; letters: string } | undefined {
  const found = /(?:^|[\s(])@([^@\n]{0,64})$/u.exec(text.slice(0, caret));
  return found ? { from: caret - found[1]!.length - 1, letters: found[1]! } : undefined;
}

/** The people whose name, or a word of it, begins with these letters, in any letter case. */
export function matching(people: readonly Mentionable[], letters: string): Mentionable[] {
  const wanted = letters.toLocaleLowerCase();
  const begins = ({ name }: Mentionable) => {
    const lower = name.toLocaleLowerCase();
    return lower.startsWith(wanted) || lower.split(/\s+/).some((word) => word.startsWith(wanted));
  };
  return people.filter(begins).slice(0, MOST_SHOWN);
}

/** The ids of the people whose names stand after `@` in the text. */
export function mentionsIn(text: string, people: readonly Mentionable[]) {
  const pattern = mentionPattern(people.map(({ name }) => name));
  if (!pattern) return [];
  const named = new Set([...text.matchAll(pattern)].map(([found]) => found.slice(1)));
  return people
    .filter(({ name }) => named.has(name))
    .map((one) => ('userId' in one ? { userId: one.userId } : { participantId: one.participantId }))
    .slice(0, MOST_MENTIONS);
}

/** Matches `@` and one of these names, the longest first. Undefined: no names. */
export function mentionPattern(names: readonly string[]): RegExp | undefined {
  if (names.length === 0) return undefined;
  const longest = [...names].sort((one, other) => other.length - one.length);
  const escaped = longest.map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(`@(?:${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'gu');
}

/** In one list: more would cover the messages. */
const MOST_SHOWN = 6;

/** The server's limit. */
const MOST_MENTIONS = 20;
