import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { startS3Server } from '../../test/s3-server.js';
import { newFolder } from '../../test/server.js';
import { newAvatarId } from '../avatars/avatar-id.js';
import { openAvatars } from '../avatars/open-avatars.js';
import { storageContract } from './object-storage.contract.js';

storageContract('disk', async () => {
  const dataDir = newFolder();
  return { open: () => openAvatars({ dataDir }), close: async () => {} };
});

storageContract('S3', async () => {
  const s3 = await startS3Server('pictures');
  return { open: () => openAvatars({ dataDir: '', s3: s3.settings }), close: s3.close };
});

it('writes one file for a picture, readable by this user only', async () => {
  const dataDir = newFolder();
  const id = newAvatarId('image/png');
  await openAvatars({ dataDir }).put(id, Buffer.from('x'), 'image/png');
  expect(readdirSync(path.join(dataDir, 'avatars'))).toEqual([id]);
  expect(statSync(path.join(dataDir, 'avatars', id)).mode & 0o777).toBe(0o600);
});

it('reports an unavailable storage when S3 refuses, is unreachable, or has no such bucket', async () => {
  const s3 = await startS3Server('pictures');
  const id = newAvatarId('image/png');
  const unavailable = { code: 'server.unavailable' };
  const bad = [
    { accessKeyId: 'wrong' },
    { secretAccessKey: 'wrong' },
    { region: 'us-west-1' },
    { bucket: 'elsewhere' },
    { endpoint: 'http://127.0.0.1:9' },
  ];
  for (const change of bad) {
    const storage = openAvatars({ dataDir: '', s3: { ...s3.settings, ...change } });
    await expect(storage.get(id)).rejects.toMatchObject(unavailable);
    await expect(storage.put(id, Buffer.from('x'), 'image/png')).rejects.toMatchObject(unavailable);
  }
  await s3.close();
});
