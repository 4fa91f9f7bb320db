import { enter, seesMoving, soundEnergies } from '../system/call.js';
import { publishByWhip } from '../system/encoder.js';
import { expect, test } from '../system/test.js';

test('a stream published by WHIP is seen and heard in the meeting, until it ends', async ({
  waterbus,
  people,
  browser,
  request,
}) => {
  const created = await (await request.post(`${waterbus.url}/v1/meetings`, { data: { title: 'Show' } })).json();
  const { code } = created.meeting;
  const { secret } = await (
    await request.post(`${waterbus.url}/v1/meetings/${code}/stream-keys`, {
      data: { name: 'Encoder' },
      headers: { authorization: `Bearer ${created.hostToken}` },
    })
  ).json();
  const ada = await people('Ada');
  await ada.page.goto(`${waterbus.url}/m/${code}`);
  await enter(ada);

  const encoder = await publishByWhip(browser, waterbus.url, secret);
  await seesMoving(ada, { ...ada, name: 'Encoder' });
  await expect.poll(async () => Math.max(0, ...(await soundEnergies(ada)))).toBeGreaterThan(0);
  await encoder.stop();
  await expect(ada.page.getByText('Encoder', { exact: true })).toHaveCount(0);
  await encoder.close();
});
