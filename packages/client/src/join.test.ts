import { expect, it } from 'vitest';
import { join } from './join.js';

it('names the reason outside of a browser', async () => {
  await expect(join({ code: 'abc-defg-hjk', name: 'Ada' })).rejects.toMatchObject({
    code: 'browser.unsupported',
    message: expect.stringMatching(/browsers only.*server-sdk/),
  });
});
