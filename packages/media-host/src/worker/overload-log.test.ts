import { expect, test } from 'vitest';
import { bufferWarning, OverloadLog } from './overload-log.js';

test('a warning names reduced socket buffers and the kernel settings that limit them', () => {
  const wanted = 4 << 20;
  expect(bufferWarning({ receiveBuffer: wanted, sendBuffer: wanted })).toBeUndefined();
  expect(bufferWarning({ receiveBuffer: 212_992, sendBuffer: wanted })).toMatchObject({
    message: expect.stringMatching(/sysctl -w net\.core\.rmem_max=4194304$/),
    details: { receiveBufferBytes: 212_992, wantedBytes: wanted },
  });
  expect(bufferWarning({ receiveBuffer: 212_992, sendBuffer: 212_992 })!.message).toMatch(
    /net\.core\.rmem_max=4194304 net\.core\.wmem_max=4194304$/,
  );
});

test('losses are collected into a warning every ten seconds', () => {
  const log = new OverloadLog();
  const lost = (kernelDrops: number, queueDrops: number) => ({ kernelDrops, queueDrops, cpu: 1 });
  expect(log.note(lost(0, 0), 0)).toBeUndefined();
  expect(log.note(lost(3, 1), 1000)!.details).toEqual({ kernelDrops: 3, queueDrops: 1, cpu: 1 });
  expect(log.note(lost(5, 0), 2000)).toBeUndefined();
  expect(log.note(lost(0, 2), 10_999)).toBeUndefined();
  expect(log.note(lost(0, 0), 11_000)!.details).toMatchObject({ kernelDrops: 5, queueDrops: 2 });
  expect(log.note(lost(0, 0), 30_000)).toBeUndefined();
});
