import { plural, t } from '@lingui/core/macro';
import { type Mentionable, useMentions } from '@waterbus/react';
import { type KeyboardEvent, type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { MentionList } from './mention-list.js';

/** The field of a message, with the list of people after `@`. */
export function MentionField(props: {
  input: RefObject<HTMLTextAreaElement | null>;
  /** Of the element that describes it. */
  noteId: string;
  text: string;
  disabled: boolean;
  placeholder: string;
  people: readonly Mentionable[];
  onChange: (text: string) => void;
  /** Keys that the list does not take. */
  onPress: (event: KeyboardEvent) => void;
}) {
  const { input, noteId, text, disabled, placeholder, people, onChange, onPress } = props;
  const [caret, setCaret] = useState(text.length);
  const listId = useId();
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
    // The cursor is at the draft's end.
    const end = input.current?.value.length ?? 0;
    input.current?.setSelectionRange(end, end);
  }, [input]);
  return (
    <>
      {listed && <MentionList id={listId} people={found} chosen={chosen} onChoose={choose} />}
      <p className="visually-hidden" aria-live="polite">
        {listed ? plural({ count: found.length }, { other: '# to mention: arrows choose, Enter inserts.' }) : ''}
      </p>
      {/* Grows with its text: the copy behind it has the same size. */}
      <div className="chat-text" data-copy={`${text} `}>
        <textarea
          ref={input}
          aria-label={t`Message`}
          aria-describedby={noteId}
          placeholder={disabled ? '' : placeholder}
          rows={1}
          value={text}
          disabled={disabled}
          aria-autocomplete="list"
          aria-controls={listed ? listId : undefined}
          aria-activedescendant={listed ? `${listId}-${chosen}` : undefined}
          onChange={(event) => {
            onChange(event.target.value);
            setCaret(event.target.selectionStart);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={(event) => press(event) || onPress(event)}
          enterKeyHint="send"
        />
      </div>
    </>
  );
}
