import { plural, t } from '@lingui/core/macro';
import { type Conversation, type Mentionable, MOST_FILES, useComposer } from '@waterbus/react';
import { Paperclip, SendHorizontal } from 'lucide-react';
import { type ReactNode, useId, useRef } from 'react';
import { RoundButton } from '../../parts/round-button.js';
import { toast } from '../../parts/toasts.js';
import { excessText } from './excess-text.js';
import { MentionList } from './mention-list.js';
import { PendingFiles } from './pending-files.js';
import { AnsweredMessage } from './quoted-message.js';

/** The field for a message, with what is added to it. */
export function ChatInput(props: {
  conversation: Conversation;
  barred: string | undefined;
  people: readonly Mentionable[];
  takesFiles: boolean;
  /** The choice of the receiver. */
  addressee: ReactNode;
}) {
  const { conversation, barred, people, takesFiles, addressee } = props;
  const composer = useComposer(conversation, {
    ...{ people, takesFiles, barred: barred !== undefined },
    onTooManyFiles: () => toast(t`A message can have ${{ most: MOST_FILES }} files.`),
  });
  const { answered, to, attach, excess, focus, maySend, mentions } = composer;
  const noteId = useId();
  const listed = mentions.people.length;
  return (
    <form
      className="chat-input"
      data-files={attach ? '' : undefined}
      data-private={to ? '' : undefined}
      {...composer.form}
    >
      {addressee}
      {answered && <AnsweredMessage message={answered} onNoReply={() => conversation.answer(undefined)} />}
      <p id={noteId} className={barred ? 'chat-barred' : 'visually-hidden'}>
        {barred ?? t`Enter sends. Shift and Enter begins a new line. @ mentions somebody.`}
      </p>
      {/* Always present: a live region must exist before its content changes. */}
      <p className="chat-excess" role="status">
        {excessText(excess)}
      </p>
      <PendingFiles uploads={composer.uploads} list={composer.files} onDone={focus} />
      {attach && <AttachButton onChoose={attach} />}
      {listed > 0 && <MentionList mentions={mentions} />}
      <p className="visually-hidden" aria-live="polite">
        {listed > 0 ? plural({ count: listed }, { other: '# to mention: arrows choose, Enter inserts.' }) : ''}
      </p>
      {/* Grows with its text: the copy behind it has the same size. */}
      <div className="chat-text" data-copy={`${composer.text} `}>
        <textarea
          {...composer.field}
          aria-label={t`Message`}
          aria-describedby={noteId}
          placeholder={barred ? '' : to ? t`Write to ${{ name: to.name }}` : t`Write a message`}
          rows={1}
          disabled={barred !== undefined}
          enterKeyHint="send"
        />
      </div>
      <RoundButton
        type="submit"
        name={t`Send`}
        icon={<SendHorizontal size={20} />}
        tone={maySend ? 'active' : 'plain'}
        aria-disabled={!maySend}
      />
    </form>
  );
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
