import { SendHorizontal } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { RoundButton } from '../../parts/round-button.js';

/** Enter sends; Shift and Enter begins a line. */
export function ChatInput(props: {
  barred: string | undefined;
  /** The earlier text that was not sent. */
  draft: string;
  onDraft: (text: string) => void;
  onSend: (text: string) => void;
}) {
  const { barred, draft, onDraft, onSend } = props;
  const [text, setText] = useState(draft);
  const change = (next: string) => {
    setText(next);
    onDraft(next);
  };
  const input = useRef<HTMLTextAreaElement>(null);
  const noteId = useId();
  // The cursor is at the draft's end.
  useEffect(() => input.current?.setSelectionRange(input.current.value.length, input.current.value.length), []);
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
      <p id={noteId} className={barred ? 'chat-barred' : 'visually-hidden'}>
        {barred ?? 'Enter sends. Shift and Enter begins a new line.'}
      </p>
      {/* Always present: a live region must exist before its content changes. */}
      <p className="chat-excess" role="status">
        {excess}
      </p>
      {/* Grows with its text: the copy behind it has the same size. */}
      <div className="chat-text" data-copy={`${text} `}>
        <textarea
          ref={input}
          aria-label="Message"
          aria-describedby={noteId}
          placeholder={barred ? '' : 'Write a message'}
          rows={1}
          value={text}
          disabled={barred !== undefined}
          onChange={(event) => change(event.target.value)}
          onKeyDown={press}
          enterKeyHint="send"
        />
      </div>
      <RoundButton
        type="submit"
        name="Send"
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
  return `${excess.toLocaleString('en')} ${excess === 1 ? 'character' : 'characters'} too long. Send it in parts.`;
}

/** Characters, the server's limit. */
const LONGEST_MESSAGE = 4000;
