import type { Message, PrivateReceiver } from '@waterbus/client';
import { type ComponentProps, useEffect, useState, useSyncExternalStore } from 'react';
import type { Conversation } from './conversation.js';
import { idOf, type Mentionable, mentionsIn } from './mentions.js';
import { type Upload, Uploads } from './uploads.js';
import { useConversationState } from './use-chat.js';
import { type MentionChoice, type MentionFieldProps, useMentionField } from './use-mention-field.js';
import { writingOf } from './writing.js';

/** What a message can have, and whether it can be written. */
export interface ComposerOptions {
  /** Those who can be mentioned. */
  people?: readonly Mentionable[];
  /** This user may not write now. */
  barred?: boolean;
  /** The server takes files (`getServerOffer().files`). */
  takesFiles?: boolean;
  /** A message has at most 10 files; the others were left out. */
  onTooManyFiles?: () => void;
}

/** The message that is being written. */
export interface Composer {
  /** Of the `textarea`, apart from its accessible name. */
  readonly field: MentionFieldProps;
  readonly mentions: MentionChoice;
  /** Of the `form`: it sends, and takes files that are dropped or pasted. */
  readonly form: Pick<ComponentProps<'form'>, 'onSubmit' | 'onDragOver' | 'onDrop' | 'onPaste'>;
  readonly text: string;
  /** Characters beyond the server's limit. */
  readonly excess: number;
  readonly maySend: boolean;
  /** The files of the message, with their progress. */
  readonly files: readonly Upload[];
  readonly uploads: Uploads;
  /** Undefined: files cannot be added. */
  readonly attach: ((files: FileList) => void) | undefined;
  /** The receiver; undefined: all. */
  readonly to: Mentionable | undefined;
  readonly answered: Message | undefined;
  /** Of the field: after a button that disappears. */
  readonly focus: () => void;
}

/**
 * The field for a message: draft, mentions, files, receiver, reply and keys. Uploads go on while it
 * is not shown. It takes the focus when a reply or another receiver is chosen.
 */
export function useComposer(conversation: Conversation, options: ComposerOptions = {}): Composer {
  const { people = NOBODY, barred = false, takesFiles = false, onTooManyFiles } = options;
  const { to, answered } = useConversationState(conversation);
  const [text, setText] = useState(conversation.draft);
  const uploads = uploadsOf(conversation);
  const readFiles = () => uploads.list;
  const kept = useSyncExternalStore(uploads.subscribe, readFiles, readFiles);
  const files = takesFiles && !to ? kept : NO_FILES;
  const change = (next: string) => {
    setText(next);
    conversation.draft = next;
  };
  const writing = writingOf({
    text,
    hasMore: files.length > 0,
    blocked: barred || files.some(({ stored }) => !stored),
    onSend: (written) => {
      if (to) void conversation.private?.send(receiverOf(to), to.name, written);
      else sendToAll(conversation, written, people, takesFiles ? uploads.take() : []);
      change('');
      focus();
    },
    onEscape: answered && (() => conversation.answer(undefined)),
  });
  const mentionable = to ? NOBODY : people;
  const { field, mentions, focus } = useMentionField({
    ...{ text, people: mentionable, onChange: change, onPress: writing.press },
  });
  const receiver = to && idOf(to);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each choice, not with each rendering
  useEffect(() => {
    if (answered || receiver) focus();
  }, [answered, receiver]);
  const mayAttach = takesFiles && !to && !barred;
  const attach = (chosen: FileList) => {
    if (!uploads.add([...chosen])) onTooManyFiles?.();
    focus();
  };
  const { excess, maySend, send } = writing;
  return {
    ...{ field, mentions, text, excess, maySend, files, uploads, to, answered, focus },
    attach: mayAttach ? attach : undefined,
    form: {
      onSubmit: (event) => {
        event.preventDefault();
        send();
      },
      ...(mayAttach && filesFrom(attach)),
    },
  };
}

function sendToAll(
  conversation: Conversation,
  text: string,
  people: readonly Mentionable[],
  files: readonly { id: string; name: string }[],
): void {
  // As the server does for a message without text: older pages show the names.
  const written = text || files.map(({ name }) => name).join('\n');
  const replyTo = conversation.state.answered?.seq;
  void conversation.send(written, { mentions: mentionsIn(text, people), replyTo, files: files.map(({ id }) => id) });
  conversation.answer(undefined);
}

function receiverOf(one: Mentionable): PrivateReceiver {
  return 'userId' in one ? { userId: one.userId } : { participantId: one.participantId };
}

/** Files that are dropped or pasted. */
function filesFrom(attach: (files: FileList) => void): Pick<Composer['form'], 'onDragOver' | 'onDrop' | 'onPaste'> {
  return {
    onDragOver: (event) => event.preventDefault(),
    onDrop: (event) => {
      event.preventDefault();
      attach(event.dataTransfer.files);
    },
    onPaste: (event) => {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      attach(event.clipboardData.files);
    },
  };
}

function uploadsOf(conversation: Conversation): Uploads {
  const known = uploads.get(conversation) ?? new Uploads(conversation.chat);
  uploads.set(conversation, known);
  return known;
}

const uploads = new WeakMap<Conversation, Uploads>();
const NOBODY: [] = [];
const NO_FILES: [] = [];
