import { t } from '@lingui/core/macro';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import { excessOf } from './chat-input.js';

/** The field in which a user changes an own message. */
export function MessageEditor(props: { text: string; onSave: (text: string) => Promise<void>; onDone: () => void }) {
  const { onSave, onDone } = props;
  const [text, setText] = useState(props.text);
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.setSelectionRange(input.current.value.length, input.current.value.length);
  }, []);
  const trimmed = text.trim();
  const excess = excessOf(trimmed);
  const save = () => {
    if (!trimmed || excess !== undefined) return;
    if (trimmed === props.text) return onDone();
    onSave(trimmed).then(onDone, (error) =>
      toast(t`The message could not be changed. ${{ reason: messageOf(error) }}`),
    );
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') {
      // Ends the editing only, not the elements around it.
      event.stopPropagation();
      onDone();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      save();
    }
  };
  return (
    <div className="message-editor">
      <div className="chat-text" data-copy={`${text} `}>
        <textarea
          ref={input}
          aria-label={t`Edit your message`}
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={press}
        />
      </div>
      <p className="chat-excess" role="status">
        {excess}
      </p>
      <div className="small-buttons">
        <button
          type="button"
          className="small-button primary"
          aria-disabled={!trimmed || excess !== undefined}
          onClick={save}
        >
          {t`Save`}
        </button>
        <button type="button" className="small-button" onClick={onDone}>
          {t`Cancel`}
        </button>
      </div>
    </div>
  );
}
