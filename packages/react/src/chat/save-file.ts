import type { CallChat, MessageFile } from '@waterbus/client';

/** Saves a file of a message on the reader's device, as a download. Rejects with a `WaterbusError`. */
export async function saveFile(
  chat: Pick<CallChat, 'fileContent'>,
  { id, name }: Pick<MessageFile, 'id' | 'name'>,
): Promise<void> {
  const url = URL.createObjectURL(await chat.fileContent(id));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read the address after the click.
  setTimeout(() => URL.revokeObjectURL(url), KEPT);
}

/** Milliseconds. */
const KEPT = 60_000;
