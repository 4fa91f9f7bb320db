import { type CallChat, type MessageFile, WaterbusError } from '@waterbus/client';
import { expect, it, vi } from 'vitest';
import { Uploads } from './uploads.js';

it('another attempt is for failures that it can mend, and not for a file that the server refuses', async () => {
  const stored = { id: 'f' } as MessageFile;
  const upload = vi.fn<CallChat['upload']>();
  const uploads = new Uploads({ upload, discardFile: async () => {} });
  const file = new File(['x'], 'plan.pdf', { type: 'application/pdf' });
  const shown = () =>
    uploads.list.map(({ name, failure, refused, stored }) => [name, failure !== undefined, refused, stored]);
  upload.mockRejectedValueOnce(new WaterbusError('file.too_large', 'too large'));
  uploads.add([file]);
  await vi.waitFor(() => expect(shown()).toEqual([['plan.pdf', true, true, undefined]]));
  uploads.remove(uploads.list[0]?.key ?? 0);
  upload.mockRejectedValueOnce(new WaterbusError('network.unreachable', 'lost')).mockResolvedValueOnce(stored);
  uploads.add([file]);
  await vi.waitFor(() => expect(shown()).toEqual([['plan.pdf', true, false, undefined]]));
  uploads.retry(uploads.list[0]?.key ?? 0);
  await vi.waitFor(() => expect(shown()).toEqual([['plan.pdf', false, false, stored]]));
});
