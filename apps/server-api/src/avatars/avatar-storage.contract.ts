import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newAvatarId } from './avatar-id.js';
import type { AvatarStorage } from './avatar-storage.js';

export interface AvatarStorageUnderTest {
  /** Opens the same storage every time. */
  open(): AvatarStorage;
  close(): Promise<void>;
}

/** The common behaviour of every storage of pictures. */
export function avatarStorageContract(name: string, start: () => Promise<AvatarStorageUnderTest>): void {
  describe(`pictures on ${name}`, () => {
    let under: AvatarStorageUnderTest;
    let storage: AvatarStorage;
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
