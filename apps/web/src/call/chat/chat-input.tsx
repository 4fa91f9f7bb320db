import { plural, t } from '@lingui/core/macro';
import type { Message } from '@waterbus/client';
import { idOf, type Mentionable } from '@waterbus/react';
import { Paperclip, SendHorizontal } from 'lucide-react';
import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { RoundButton } from '../../parts/round-button.js';
import { toast } from '../../parts/toasts.js';
import { MentionField } from './mention-field.js';
import { PendingFiles, useUploads } from './pending-files.js';
import { AnsweredMessage } from './quoted-message.js';
import { MOST_FILES, Uploads } from './uploads.js';

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
  /** Undefined: the server takes no files. */
  uploads: Uploads | undefined;
  /** The choice of the receiver. */
  addressee: ReactNode;
  /** One person; undefined: all. */
  to: Mentionable | undefined;
  onSend: (text: string) => void;
}) {
  const { barred, draft, onDraft, answered, onNoReply, people, addressee, to, onSend, uploads = NO_UPLOADS } = props;
  const [text, setText] = useState(draft);
  const change = (next: string) => {
    setText(next);
    onDraft(next);
  };
  const input = useRef<HTMLTextAreaElement>(null);
  const noteId = useId();
  const addresseeId = to && idOf(to);
  useEffect(() => {
    if (answered || addresseeId) input.current?.focus();
  }, [answered, addresseeId]);
  const trimmed = text.trim();
  const excess = excessOf(trimmed);
  const files = useUploads(uploads);
  const waiting = files.some(({ stored }) => !stored);
  const mayNotSend = (!trimmed && files.length === 0) || waiting || excess !== undefined || barred !== undefined;
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
  const mayAttach = uploads !== NO_UPLOADS && barred === undefined;
  const attach = (chosen: FileList) => {
    if (!uploads.add([...chosen])) toast(t`A message can have ${{ most: MOST_FILES }} files.`);
    input.current?.focus();
  };
  return (
    <form
      className="chat-input"
      data-files={mayAttach ? '' : undefined}
      data-private={to ? '' : undefined}
      {...(mayAttach && filesFrom(attach))}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {addressee}
      {answered && <AnsweredMessage message={answered} onNoReply={onNoReply} />}
      <p id={noteId} className={barred ? 'chat-barred' : 'visually-hidden'}>
        {barred ?? t`Enter sends. Shift and Enter begins a new line. @ mentions somebody.`}
      </p>
      {/* Always present: a live region must exist before its content changes. */}
      <p className="chat-excess" role="status">
        {excess}
      </p>
      <PendingFiles uploads={uploads} list={files} onDone={() => input.current?.focus()} />
      {mayAttach && <AttachButton onChoose={attach} />}
      <MentionField
        input={input}
        noteId={noteId}
        text={text}
        disabled={barred !== undefined}
        placeholder={to ? t`Write to ${{ name: to.name }}` : t`Write a message`}
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

/** Files that are dropped or pasted. */
function filesFrom(attach: (files: FileList) => void) {
  return {
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      attach(event.dataTransfer.files);
    },
    onPaste: (event: ClipboardEvent) => {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      attach(event.clipboardData.files);
    },
  };
}

function AttachButton({ onChoose }: { onChoose: (files: FileList) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t`Files to send`}
        onChange={({ currentTarget }) => {
          if (currentTarget.files) onChoose(currentTarget.files);
          currentTarget.value = '';
        }}
      />
      <RoundButton name={t`Attach files`} icon={<Paperclip size={20} />} onClick={() => picker.current?.click()} />
    </>
  );
}

/** Of a server that takes no files: the list stays empty. */
const NO_UPLOADS = new Uploads({
  upload: () => Promise.reject(new Error('no files')),
  discardFile: () => Promise.resolve(),
});
