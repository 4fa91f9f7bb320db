import { type ComponentProps, type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { Mentionable } from './mentions.js';
import { useMentions } from './use-mentions.js';

/** The list of people after `@`, a `listbox` that the field controls. */
export interface MentionChoice {
  /** Of the list; its options are `id-0`, `id-1`, … */
  readonly id: string;
  /** None: there is no list. */
  readonly people: readonly Mentionable[];
  /** The index of the one that Enter inserts. */
  readonly chosen: number;
  /** Call it on `pointerdown`, before the field loses the focus. */
  readonly choose: (person: Mentionable) => void;
}

/** Of a `textarea` in which people can be mentioned. */
export type MentionFieldProps = Pick<
  ComponentProps<'textarea'>,
  | 'ref'
  | 'value'
  | 'onChange'
  | 'onSelect'
  | 'onKeyDown'
  | 'aria-autocomplete'
  | 'aria-controls'
  | 'aria-activedescendant'
>;

/**
 * A `textarea` in which people can be mentioned: its properties, and the list of people. The cursor
 * begins at the end of the draft.
 *
 * @param props.onPress Gets the keys that the list does not take.
 */
export function useMentionField(props: {
  text: string;
  people: readonly Mentionable[];
  onChange: (text: string) => void;
  onPress: (event: KeyboardEvent) => void;
}): { field: MentionFieldProps; mentions: MentionChoice; focus: () => void } {
  const { text, people, onChange, onPress } = props;
  const input = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState(text.length);
  const id = useId();
  const wantedCaret = useRef<number>(undefined);
  const { found, chosen, choose, press } = useMentions(text, caret, people, (next, at) => {
    onChange(next);
    setCaret(at);
    wantedCaret.current = at;
  });
  const listed = found.length > 0;
  useLayoutEffect(() => {
    const at = wantedCaret.current;
    wantedCaret.current = undefined;
    if (at !== undefined) input.current?.setSelectionRange(at, at);
  });
  useEffect(() => {
    const end = input.current?.value.length ?? 0;
    input.current?.setSelectionRange(end, end);
  }, []);
  const field: MentionFieldProps = {
    ref: input,
    value: text,
    'aria-autocomplete': 'list',
    'aria-controls': listed ? id : undefined,
    'aria-activedescendant': listed ? `${id}-${chosen}` : undefined,
    onChange: ({ target }) => {
      onChange(target.value);
      setCaret(target.selectionStart);
    },
    onSelect: ({ currentTarget }) => setCaret(currentTarget.selectionStart),
    onKeyDown: (event) => {
      if (!press(event)) onPress(event);
    },
  };
  return { field, mentions: { id, people: found, chosen, choose }, focus: () => input.current?.focus() };
}
