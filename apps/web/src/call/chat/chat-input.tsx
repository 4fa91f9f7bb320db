import { SendHorizontal } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { RoundButton } from '../../parts/round-button.js';

/** Enter sends, Shift and Enter begins a line. */
export function ChatInput(props: {
  barred: string | undefined;
  /** What was written before and not sent. */
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
  // A draft goes on at its end.
  useEffect(() => input.current?.setSelectionRange(LONGEST_MESSAGE, LONGEST_MESSAGE), []);
  const send = () => {
    const trimmed = text.trim();
    if (!trimmed || barred) return;
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
      {/* Grows with its text: the copy behind it has the same size. */}
      <div className="chat-text" data-copy={`${text} `}>
        <textarea
          ref={input}
          aria-label="Message"
          aria-describedby={noteId}
          placeholder={barred ? '' : 'Write a message'}
          rows={1}
          maxLength={LONGEST_MESSAGE}
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
        tone={text.trim() ? 'active' : 'plain'}
        aria-disabled={!text.trim() || barred !== undefined}
      />
    </form>
  );
}

/** Characters, as the server takes them. */
export const LONGEST_MESSAGE = 4000;
