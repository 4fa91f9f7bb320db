import { t } from '@lingui/core/macro';
import type { Message } from '@waterbus/client';
import { X } from 'lucide-react';
import { plainText } from './markdown.js';

/** The beginning of the answered message. It leads there. */
export function QuotedMessage({ message, onJump }: { message: Message | undefined; onJump: () => void }) {
  return (
    <button type="button" className="message-quote" onClick={onJump} title={t`Show this message`}>
      <strong>{message?.author.name ?? t`Reply`}</strong>
      <span>{message ? beginningOf(message) : t`to an earlier message`}</span>
    </button>
  );
}

/** Above the field, while an answer is being written. */
export function AnsweredMessage({ message, onNoReply }: { message: Message; onNoReply: () => void }) {
  return (
    <div className="chat-answered">
      <p>
        <strong>{t`Reply to ${{ name: message.author.name }}`}</strong>
        <span>{beginningOf(message)}</span>
      </p>
      <button type="button" className="icon-button" aria-label={t`Cancel reply`} onClick={onNoReply}>
        <X size={16} />
      </button>
    </div>
  );
}

/** One line of it. */
function beginningOf({ text, deletedAt }: Message): string {
  if (deletedAt) return t`Message deleted`;
  return plainText(text).replace(/\s+/g, ' ').slice(0, QUOTED);
}

/** Characters: more than a line holds; the style cuts the rest. */
const QUOTED = 160;
