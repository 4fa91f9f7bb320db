import { t } from '@lingui/core/macro';
import type { Message } from '@waterbus/client';
import type { Arrival } from '@waterbus/react';

/**
 * The title and the text that announce these messages. A mention comes before others. A private
 * text is not shown: the screen may be shared.
 */
export function noticeOf(messages: readonly Arrival[], mentionsMe: (message: Message) => boolean) {
  const mention = messages.findLast(mentionsMe);
  const { author, text, isPrivate } = mention ?? messages.at(-1)!;
  const { name } = author;
  if (isPrivate) return { from: name, text: t`Private message` };
  return { from: mention ? t`${{ name }} mentioned you` : name, text, isMention: mention !== undefined };
}
