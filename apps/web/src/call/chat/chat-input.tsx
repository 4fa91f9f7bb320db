import { plural, t } from '@lingui/core/macro';
import type { Message } from '@waterbus/client';
import { SendHorizontal } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { RoundButton } from '../../parts/round-button.js';
import { MentionField } from './mention-field.js';
import type { Mentionable } from './mentions.js';
import { AnsweredMessage } from './quoted-message.js';

/** Enter sends; Shift and Enter begins a line. */
export function ChatInput(props: {
  barred: string | undefined;
  /** The earlier text that was not sent. */
  draft: string;
  onDraft: (text: string) => void;
  /** The message that is being answered. */
  answered: Message | undefined;
  onNoReply: () => void;
  people: readonly Mentionable[];
  onSend: (text: string) => void;
}) {
  const { barred, draft, onDraft, answered, onNoReply, people, onSend } = props;
  const [text, setText] = useState(draft);
  const change = (next: string) => {
    setText(next);
    onDraft(next);
  };
  const input = useRef<HTMLTextAreaElement>(null);
  const noteId = useId();
  useEffect(() => {
    if (answered) input.current?.focus();
  }, [answered]);
  const trimmed = text.trim();
  const excess = excessOf(trimmed);
  const mayNotSend = !trimmed || excess !== undefined || barred !== undefined;
  const send = () => {
    if (mayNotSend) return;
    onSend(trimmed);
    change('');
    input.current?.focus();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && answered) {
      // Ends the reply, and not the panel around it.
      event.stopPropagation();
      onNoReply();
    }
    // While a character is being composed, Enter chooses it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className="chat-input"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {answered && <AnsweredMessage message={answered} onNoReply={onNoReply} />}
      <p id={noteId} className={barred ? 'chat-barred' : 'visually-hidden'}>
        {barred ?? t`Enter sends. Shift and Enter begins a new line. @ mentions somebody.`}
      </p>
      {/* Always present: a live region must exist before its content changes. */}
      <p className="chat-excess" role="status">
        {excess}
      </p>
      <MentionField
        input={input}
        noteId={noteId}
        text={text}
        disabled={barred !== undefined}
        people={people}
        onChange={change}
        onPress={press}
      />
      <RoundButton
        type="submit"
        name={t`Send`}
        icon={<SendHorizontal size={20} />}
        tone={mayNotSend ? 'plain' : 'active'}
        aria-disabled={mayNotSend}
      />
    </form>
  );
}

/**
 * Why a text is too long to send; undefined: it is not. A field that truncates a pasted text would
 * lose its end.
 */
export function excessOf(text: string): string | undefined {
  const excess = text.length - LONGEST_MESSAGE;
  if (excess <= 0) return undefined;
  return plural(excess, {
    one: '# character too long. Send it in parts.',
    other: '# characters too long. Send it in parts.',
  });
}

/** Characters, the server's limit. */
const LONGEST_MESSAGE = 4000;
