import { expect, it, vi } from 'vitest';
import { comeBack } from './come-back.js';

function pageOf(answers: (number | Error)[]) {
  const waits: number[] = [];
  let next: (() => void) | undefined;
  const page = {
    status: vi.fn(async () => {
      const answer = answers.shift() ?? new TypeError('Failed to fetch');
      if (answer instanceof Error) throw answer;
      return answer;
    }),
    reload: vi.fn(),
    later: (work: () => void, milliseconds: number) => {
      waits.push(milliseconds);
      next = work;
    },
  };
  return { page, waits, passTime: () => next?.() };
}

it('tries again, more and more seldom, until the server answers', async () => {
  const { page, waits, passTime } = pageOf([new TypeError('Failed to fetch'), 502, 503, 404]);
  comeBack(page);
  for (let attempts = 1; attempts <= 4; attempts += 1) {
    expect(page.reload).not.toHaveBeenCalled();
    passTime();
    await vi.waitFor(() => expect(page.status).toHaveBeenCalledTimes(attempts));
    await vi.waitFor(() => expect(waits.length + page.reload.mock.calls.length).toBe(attempts + 1));
  }
  // An address that is not there is the server's answer, too.
  expect(page.reload).toHaveBeenCalledTimes(1);
  expect(waits).toEqual([2_000, 3_000, 4_500, 6_750]);
});

it('waits a quarter of a minute at most', async () => {
  const { page, waits, passTime } = pageOf([]);
  comeBack(page);
  for (let attempts = 1; attempts <= 12; attempts += 1) {
    passTime();
    await vi.waitFor(() => expect(waits).toHaveLength(attempts + 1));
  }
  expect(waits.at(-1)).toBe(15_000);
});

it('tries at once on request, once at a time', async () => {
  const { page } = pageOf([200, 200]);
  const tryNow = comeBack(page);
  tryNow();
  tryNow();
  await vi.waitFor(() => expect(page.reload).toHaveBeenCalledTimes(1));
  expect(page.status).toHaveBeenCalledTimes(1);
});
