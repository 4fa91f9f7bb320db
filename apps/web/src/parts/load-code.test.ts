import { expect, it, vi } from 'vitest';
import { loadOnce, type RunningPage } from './load-code.js';

const pageOf = (html: () => Promise<string>) => {
  const page = { script: () => '/assets/index-old.js', current: html, reload: vi.fn() } satisfies RunningPage;
  return page;
};
const lost = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));

it('loads once', async () => {
  const load = vi.fn(async () => 'code');
  const get = loadOnce(load, pageOf(lost));
  expect(await Promise.all([get(), get()])).toEqual(['code', 'code']);
  expect(await get()).toBe('code');
  expect(load).toHaveBeenCalledTimes(1);
});

it.each([
  ['the server is away', lost],
  ['the server has the same version', async () => '<script type="module" src="/assets/index-old.js">'],
])('rejects and may try again when %s', async (_, html) => {
  const page = pageOf(html);
  const load = vi.fn<() => Promise<string>>().mockImplementationOnce(lost).mockResolvedValueOnce('code');
  const get = loadOnce(load, page);
  await expect(get()).rejects.toMatchObject({ code: 'network.unreachable' });
  expect(await get()).toBe('code');
  expect(page.reload).not.toHaveBeenCalled();
});

it('loads the page again when the server has another version', async () => {
  const page = pageOf(async () => '<script type="module" src="/assets/index-new.js">');
  await expect(loadOnce(lost, page)()).rejects.toMatchObject({ code: 'network.unreachable' });
  expect(page.reload).toHaveBeenCalledTimes(1);
});
