import {
  fileResponseSchema,
  filesPageSchema,
  LARGEST_PREVIEW,
  type MeetingFile,
  type MessageFile,
} from '@waterbus/protocol';
import type { UploadOptions } from '../api/call.js';
import { type RestRequest, understood } from '../rest/rest-request.js';

/** As `RestOfCall.ask`. */
type Ask = (path: string, of?: Omit<RestRequest, 'path' | 'server' | 'token'>) => Promise<unknown>;

const pathOf = (id: string) => `/files/${encodeURIComponent(id)}`;

/** As `CallChat.upload`. */
export async function uploadFile(ask: Ask, file: Blob, options: UploadOptions): Promise<MessageFile> {
  const { name, preview, onProgress, signal } = options;
  const announced = await ask('/files', { body: { name, size: file.size }, ...(signal && { signal }) });
  const { id } = understood(fileResponseSchema, announced).file;
  try {
    const put = { method: 'PUT', timeout: LONGEST_UPLOAD, ...(signal && { signal }) } as const;
    const answer = await ask(`${pathOf(id)}/content`, { ...put, bytes: file, onProgress: onProgress ?? (() => {}) });
    const stored = understood(fileResponseSchema, answer).file;
    if (!stored.picture || !preview || preview.size > LARGEST_PREVIEW) return stored;
    // The message shows the picture itself without it.
    const previewed = await ask(`${pathOf(id)}/preview`, { ...put, bytes: preview }).catch(() => undefined);
    return previewed === undefined ? stored : understood(fileResponseSchema, previewed).file;
  } catch (error) {
    void discardFile(ask, id).catch(() => {});
    throw error;
  }
}

/** As `CallChat.fileContent`. */
export async function fileContent(
  ask: Ask,
  id: string,
  part: 'content' | 'preview',
  signal?: AbortSignal,
): Promise<Blob> {
  const options = { blob: true, timeout: LONGEST_UPLOAD, ...(signal && { signal }) };
  return (await ask(`${pathOf(id)}/${part}`, options)) as Blob;
}

/** As `CallChat.listFiles`. */
export async function listFiles(
  ask: Ask,
  cursor: string | undefined,
): Promise<{ items: MeetingFile[]; nextCursor: string | null }> {
  const query = cursor === undefined ? '' : `?${new URLSearchParams({ cursor })}`;
  return understood(filesPageSchema, await ask(`/files${query}`));
}

/** As `CallChat.discardFile`. */
export async function discardFile(ask: Ask, id: string): Promise<void> {
  await ask(pathOf(id), { method: 'DELETE' });
}

/** Milliseconds, the server's limit. */
const LONGEST_UPLOAD = 3_600_000;
