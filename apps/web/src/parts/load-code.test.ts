import { expect, it, vi } from 'vitest';
import { loadAgain, loadOnce, type RunningPage } from './load-code.js';

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

it('a part of the call is loaded again after failures, until it is there or not needed any more', async () => {
  vi.useFakeTimers();
  try {
    const load = vi.fn<() => Promise<string>>().mockImplementationOnce(lost).mockImplementationOnce(lost);
    load.mockResolvedValue('code');
    const loaded = vi.fn();
    loadAgain(load, loaded);
    await vi.runAllTimersAsync();
    expect([load.mock.calls.length, loaded.mock.calls]).toEqual([3, [['code']]]);
    load.mockImplementation(lost);
    const stop = loadAgain(load, loaded);
    await vi.advanceTimersToNextTimerAsync();
    stop();
    await vi.runAllTimersAsync();
    expect([load.mock.calls.length, loaded.mock.calls.length]).toEqual([5, 1]);
  } finally {
    vi.useRealTimers();
  }
});
