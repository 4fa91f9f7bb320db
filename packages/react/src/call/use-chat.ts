import type { Call, Message } from '@waterbus/client';
import { useEffect, useState } from 'react';

/**
 * The newest messages of the meeting's chat, in their order: those before joining that the user may
 * read (up to 50), and all that follow, also after an interruption.
 *
 * @returns `failed`: messages may be missing, because the last request for them failed.
 */
export function useChat(call: Call): {
  messages: readonly Message[];
  failed: boolean;
  /** Rejects with a `WaterbusError`; then the message is not known to be stored. */
  send: (text: string) => Promise<void>;
} {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [failed, setFailed] = useState(false);
  const add = (items: readonly Message[]) => setMessages((known) => merged(known, items));
  useEffect(() => {
    let over = false;
    const read = () =>
      call.chat.list({ limit: 50 }).then(
        ({ items }) => {
          if (over) return;
          setMessages((known) => merged(known, items));
          setFailed(false);
        },
        () => !over && setFailed(true),
      );
    void read();
    const stops = [
      call.on('meeting', (event) => {
        if (event.type === 'message.created' || event.type === 'message.updated')
          setMessages((known) => merged(known, [event.message]));
      }),
      // Events are not repeated after an interruption.
      call.on('connection', (connection) => void (connection === 'connected' && read())),
    ];
    return () => {
      over = true;
      for (const stop of stops) stop();
    };
  }, [call]);
  return { messages, failed, send: async (text) => add([await call.chat.send(text)]) };
}

/** Each message once, in the order of `seq`; of two states of one message the later one. */
export function merged(known: readonly Message[], items: readonly Message[]): readonly Message[] {
  const bySeq = new Map(known.map((message) => [message.seq, message]));
  for (const message of items) {
    const before = bySeq.get(message.seq);
    if (!before || changedAt(message) >= changedAt(before)) bySeq.set(message.seq, message);
  }
  return [...bySeq.values()].sort((one, other) => one.seq - other.seq);
}

function changedAt({ deletedAt, editedAt, createdAt }: Message): string {
  // Nothing follows a deletion.
  return deletedAt ? '~' : (editedAt ?? createdAt);
}
