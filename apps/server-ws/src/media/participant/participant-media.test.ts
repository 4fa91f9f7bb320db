import { expect, test } from 'vitest';
import { FakeMediaNode } from '../../../test/system/fake-media-host.js';
import { defaultLimits } from '../../limits.js';
import type { MediaDirectory } from '../nodes/media-directory.js';
import { MediaOwners } from '../nodes/media-owners.js';
import type { MediaOwner } from './media-owner.js';
import { ParticipantMedia } from './participant-media.js';

test('nothing is kept for a media node that does not exist, or no longer exists', async () => {
  const nodes = new Map([['media-1', new FakeMediaNode('media-1')]]);
  const owner = { participantId: 'a', roomId: 'room', accounts: {}, emit: () => {} } as unknown as MediaOwner;
  const directory = { get: (id: string) => nodes.get(id) } as unknown as MediaDirectory;
  const media = new ParticipantMedia(owner, directory, defaultLimits, new MediaOwners());
  for (let n = 0; n < 1000; n += 1) {
    const invented = media.on(`invented-${n}`, 'receive', async () => {});
    await expect(invented).rejects.toMatchObject({ code: 'media_node.not_found' });
  }
  expect(media.mediaNodeIds().size).toBe(0);
  await media.on('media-1', 'send', async () => {});
  expect(media.mediaNodeIds()).toEqual(new Set(['media-1']));
  media.handle('media-1', { type: 'lost', reason: 'killed' });
  expect(media.mediaNodeIds().size).toBe(0);
});
