import { type CSSProperties, useEffect, useRef, useState } from 'react';
import type { Conversation } from './conversation.js';
import type { Arrival } from './conversation-state.js';

/**
 * Announces new messages to screen readers, invisibly. The list itself cannot: it would announce
 * older messages that are loaded, too.
 *
 * @param props.text What is announced of one message.
 */
export function ChatArrivals({
  conversation,
  text,
}: {
  conversation: Conversation;
  text: (message: Arrival) => string;
}) {
  const [announced, setAnnounced] = useState('');
  const textOf = useRef(text);
  useEffect(() => {
    textOf.current = text;
  });
  useEffect(
    () => conversation.onArrival((messages) => setAnnounced(messages.map((one) => textOf.current(one)).join('. '))),
    [conversation],
  );
  return (
    <div role="status" style={INVISIBLE}>
      {announced}
    </div>
  );
}

const INVISIBLE: CSSProperties = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
};
