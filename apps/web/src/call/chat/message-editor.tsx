import { t } from '@lingui/core/macro';
import { writingOf } from '@waterbus/react';
import { useEffect, useRef, useState } from 'react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import { excessText } from './excess-text.js';

/** The field in which a user changes an own message. */
export function MessageEditor(props: { text: string; onSave: (text: string) => Promise<void>; onDone: () => void }) {
  const { onSave, onDone } = props;
  const [text, setText] = useState(props.text);
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.setSelectionRange(input.current.value.length, input.current.value.length);
  }, []);
  const { excess, maySend, send, press } = writingOf({
    text,
    onSend: (changed) => {
      if (changed === props.text) return onDone();
      onSave(changed).then(onDone, (error) =>
        toast(t`The message could not be changed. ${{ reason: messageOf(error) }}`),
      );
    },
    onEscape: onDone,
  });
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
        {excessText(excess)}
      </p>
      <div className="small-buttons">
        <button type="button" className="small-button primary" aria-disabled={!maySend} onClick={send}>
          {t`Save`}
        </button>
        <button type="button" className="small-button" onClick={onDone}>
          {t`Cancel`}
        </button>
      </div>
    </div>
  );
}
