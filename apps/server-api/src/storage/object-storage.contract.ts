import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newAvatarId } from '../avatars/avatar-id.js';
import { type ObjectStorage, WrongSizeError } from './object-storage.js';

export interface StorageUnderTest {
  /** Opens the same storage every time. */
  open(): ObjectStorage;
  close(): Promise<void>;
}

/** The common behaviour of every storage of pictures. */
export function storageContract(name: string, start: () => Promise<StorageUnderTest>): void {
  describe(`pictures on ${name}`, () => {
    let under: StorageUnderTest;
    let storage: ObjectStorage;
    beforeAll(async () => {
      under = await start();
      storage = under.open();
    });
    afterAll(() => under.close());

    it('returns stored pictures, also after it is opened again', async () => {
      const pictures = [1, 1000, 1024 * 1024].map((size) => ({
        id: newAvatarId('image/png'),
        bytes: randomBytes(size),
      }));
      await Promise.all(pictures.map(({ id, bytes }) => storage.put(id, bytes, 'image/png')));
      for (const { id, bytes } of pictures) {
        for (const one of [storage, under.open()]) expect((await one.get(id))?.equals(bytes)).toBe(true);
      }
    });

    it('returns streams, byte for byte, and their sizes', async () => {
      const [id, bytes] = [newAvatarId('image/png'), randomBytes(300_000)];
      await storage.put(id, { size: bytes.length, stream: inPieces(bytes) }, 'image/png');
      expect((await storage.get(id))?.equals(bytes)).toBe(true);
      const content = await storage.read(id);
      expect(content?.size).toBe(bytes.length);
      expect((await buffer(content!.stream)).equals(bytes)).toBe(true);
      expect(await storage.read(newAvatarId('image/png'))).toBeUndefined();
    });

    it.each([1, -1])('stores nothing of a stream whose size differs by %i', async (difference) => {
      const [id, bytes] = [newAvatarId('image/png'), randomBytes(100_000)];
      const before = await storage.usage();
      const content = { size: bytes.length + difference, stream: inPieces(bytes) };
      await expect(storage.put(id, content, 'image/png')).rejects.toThrow(WrongSizeError);
      expect(await storage.get(id)).toBeUndefined();
      expect(await storage.usage()).toEqual(before);
    });

    it('stores nothing of a stream that fails', async () => {
      const id = newAvatarId('image/png');
      const stream = Readable.from(
        (async function* () {
          yield randomBytes(50_000);
          throw new Error('the sender has gone');
        })(),
      );
      await expect(storage.put(id, { size: 100_000, stream }, 'image/png')).rejects.toThrow('the sender has gone');
      expect(await storage.get(id)).toBeUndefined();
    });

    it('contains nothing else', async () => {
      expect(await storage.get(newAvatarId('image/gif'))).toBeUndefined();
    });

    it('removes, once or more often', async () => {
      const [id, other] = [newAvatarId('image/webp'), newAvatarId('image/webp')];
      for (const one of [id, other]) await storage.put(one, Buffer.from('x'), 'image/webp');
      await storage.delete(id);
      await storage.delete(id);
      expect(await storage.get(id)).toBeUndefined();
      expect(await storage.get(other)).toEqual(Buffer.from('x'));
    });

    it('counts its pictures and their bytes', async () => {
      const before = await storage.usage();
      await storage.put(newAvatarId('image/png'), randomBytes(1000), 'image/png');
      await storage.put(newAvatarId('image/gif'), randomBytes(500), 'image/gif');
      const { count, bytes } = before;
      expect(await storage.usage()).toEqual({ count: count + 2, bytes: bytes + 1500, complete: true });
    });

    it.each(['../secret', 'a', '', `${'a'.repeat(32)}.svg`, `${'a'.repeat(32)}.png/../x.png`, '..%2fx'])(
      'refuses an id of another form: %j',
      async (id) => {
        await expect(storage.put(id, Buffer.from('x'), 'image/png')).rejects.toThrow(/no id/);
        await expect(storage.get(id)).rejects.toThrow(/no id/);
        await expect(storage.delete(id)).rejects.toThrow(/no id/);
      },
    );
  });
}

function inPieces(bytes: Buffer): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 10_007) pieces.push(bytes.subarray(at, at + 10_007));
  return Readable.from(pieces);
}
