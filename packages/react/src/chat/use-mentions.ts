import { type KeyboardEvent, useState } from 'react';
import { type Mentionable, matching, writtenMention } from './mentions.js';

/**
 * The list of people while a mention is being written. `press` answers true for the keys that the
 * list takes: arrows, Enter and Tab, Escape.
 */
export function useMentions(
  text: string,
  caret: number,
  people: readonly Mentionable[],
  onChange: (text: string, caret: number) => void,
) {
  const [moved, setMoved] = useState({ text: '', to: 0 });
  /** The text for which the user closed the list. */
  const [closed, setClosed] = useState<string>();
  const written = closed === text ? undefined : writtenMention(text, caret);
  const found = written ? matching(people, written.letters) : [];
  const chosen = moved.text === text ? Math.min(moved.to, found.length - 1) : 0;
  const choose = (person: Mentionable) => {
    if (!written) return;
    const begin = `${text.slice(0, written.from)}@${person.name} `;
    const end = text.slice(caret);
    onChange(begin + end.replace(/^ /, ''), begin.length);
    setClosed(begin + end);
  };
  const press = (event: KeyboardEvent): boolean => {
    if (found.length === 0 || event.nativeEvent.isComposing || event.shiftKey) return false;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setMoved({ text, to: (chosen + step + found.length) % found.length });
    else if (event.key === 'Enter' || event.key === 'Tab') choose(found[chosen]!);
    else if (event.key === 'Escape') setClosed(text);
    else return false;
    // Closes the list only, not the panel around it.
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { found, chosen, choose, press };
}
