import { plural, t } from '@lingui/core/macro';
import type { Message } from '@waterbus/client';
import { type Conversation, MessageList, useConversationState } from '@waterbus/react';
import { ArrowDown } from 'lucide-react';
import { formats } from '../../language/language.js';
import { toast } from '../../parts/toasts.js';
import { MessageRow } from './message-row.js';
import { OutgoingRow } from './outgoing-row.js';
import { PrivateRow } from './private-row.js';

/** The messages with their days, and what is being loaded. */
export function Messages(props: {
  conversation: Conversation;
  mayWrite: boolean;
  mayWritePrivately: boolean;
  mayDeleteAll: boolean;
  emptyText: string;
}) {
  const { conversation, mayWrite, mayWritePrivately, mayDeleteAll, emptyText } = props;
  return (
    <div className="chat-log">
      <MessageList
        conversation={conversation}
        className="chat-scroll"
        label={t`Messages`}
        draw={(listed, show) => (
          <>
            {listed.newDay && <li className="chat-day">{dayOf(listed.message)}</li>}
            {listed.firstUnread && <li className="chat-new">{t`New messages`}</li>}
            {listed.isPrivate ? (
              <PrivateRow conversation={conversation} listed={listed} mayWrite={mayWritePrivately} />
            ) : (
              <MessageRow
                conversation={conversation}
                listed={listed}
                mayWrite={mayWrite}
                mayDeleteAll={mayDeleteAll}
                onJump={(seq) =>
                  void show(seq).then((isThere) => !isThere && toast(t`That message is not available to you.`))
                }
              />
            )}
          </>
        )}
        drawUnsent={(unsent) => <OutgoingRow unsent={unsent} />}
        drawNew={(count, follow) => (
          <button type="button" className="chat-jump" onClick={follow}>
            <ArrowDown size={16} />
            {plural({ count }, { one: '# new message', other: '# new messages' })}
          </button>
        )}
      >
        <Notes conversation={conversation} emptyText={emptyText} />
      </MessageList>
    </div>
  );
}

/** What is being loaded or failed to load; there is no message. */
function Notes({ conversation, emptyText }: { conversation: Conversation; emptyText: string }) {
  const { messages, outgoing, loading } = useConversationState(conversation);
  const privates = conversation.private?.state;
  const empty = ![messages, outgoing, privates?.messages, privates?.outgoing].some((list) => list?.length);
  return (
    <>
      {loading === 'failed' && (
        <div className="chat-trouble">
          <p role="alert">{t`Messages could not be loaded.`}</p>
          <button type="button" className="small-button" onClick={() => void conversation.read()}>
            {t`Try again`}
          </button>
        </div>
      )}
      {loading === 'older' && <p className="chat-note">{t`Loading older messages…`}</p>}
      {empty && loading === 'loading' && <p className="chat-note">{t`Loading messages…`}</p>}
      {empty && loading === undefined && <p className="chat-note">{emptyText}</p>}
    </>
  );
}

function dayOf({ createdAt }: Pick<Message, 'createdAt'>): string {
  return new Date(createdAt).toLocaleDateString(formats(), { dateStyle: 'medium' });
}
