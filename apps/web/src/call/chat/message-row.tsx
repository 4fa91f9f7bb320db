import type { Message } from '@waterbus/client';
import { Pencil, Trash2 } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import { excessOf } from './chat-input.js';
import { MessageText } from './message-text.js';

export function MessageRow(props: {
  message: Message;
  own: boolean;
  /** The message before is by the same author. */
  follows: boolean;
  mayEdit: boolean;
  mayDeleteAll: boolean;
  onEdit: (text: string) => Promise<void>;
  onDelete: () => Promise<void>;
}) {
  const { message, own, follows, mayEdit, mayDeleteAll, onEdit, onDelete } = props;
  const [editing, setEditing] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const deleted = message.deletedAt !== null;
  const stop = () => {
    setEditing(false);
    // The field disappears, and the focus must stay in the row.
    row.current?.focus();
  };
  const remove = () => {
    // The button disappears with the text.
    row.current?.focus();
    onDelete().catch((error) => toast(`The message could not be deleted. ${messageOf(error)}`));
  };
  const time = new Date(message.createdAt);
  const mine = own && mayEdit;
  return (
    <li
      ref={row}
      className="message"
      data-own={own ? '' : undefined}
      data-follows={follows ? '' : undefined}
      tabIndex={-1}
    >
      <p className={follows ? 'visually-hidden' : 'message-head'}>
        <strong>{own ? 'You' : message.author.name}</strong>
        {!own && isGuest(message) && <span>Guest</span>}
        <time dateTime={message.createdAt} title={time.toLocaleString()}>
          {time.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })}
        </time>
      </p>
      {editing && !deleted ? (
        <MessageEditor text={message.text} onSave={onEdit} onDone={stop} />
      ) : (
        <div className="message-body">
          <div className={deleted ? 'message-text deleted' : 'message-text'}>
            {deleted ? 'Message deleted' : <MessageText text={message.text} />}
            {message.editedAt && !deleted && <span className="message-edited"> (edited)</span>}
          </div>
          {!deleted && (mine || mayDeleteAll || own) && (
            <div className="message-actions">
              {mine && (
                <button
                  type="button"
                  className="icon-button"
                  aria-label="Edit message"
                  onClick={() => setEditing(true)}
                >
                  <Pencil size={16} />
                </button>
              )}
              <button type="button" className="icon-button" aria-label="Delete message" onClick={remove}>
                <Trash2 size={16} />
              </button>
            </div>
          )}
        </div>
      )}
    </li>
  );
}

function MessageEditor(props: { text: string; onSave: (text: string) => Promise<void>; onDone: () => void }) {
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
    onSave(trimmed).then(onDone, (error) => toast(`The message could not be changed. ${messageOf(error)}`));
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
          aria-label="Edit your message"
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
          Save
        </button>
        <button type="button" className="small-button" onClick={onDone}>
          Cancel
        </button>
      </div>
    </div>
  );
}

/** Without an account, a participant can write under any name. */
function isGuest({ author }: Message): boolean {
  return author.userId === null && author.participantId !== null;
}
