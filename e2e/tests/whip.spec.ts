import { enter, seesMoving, soundEnergies } from '../system/call.js';
import { publishByWhip } from '../system/encoder.js';
import { watchByWhep } from '../system/player.js';
import { expect, test } from '../system/test.js';

test('a stream published by WHIP is seen and heard in the meeting and by WHEP, until it ends', async ({
  waterbus,
  people,
  browser,
  request,
}) => {
  const created = await (await request.post(`${waterbus.url}/v1/meetings`, { data: { title: 'Show' } })).json();
  const { code } = created.meeting;
  const keyFor = async (data: object) => {
    const url = `${waterbus.url}/v1/meetings/${code}/stream-keys`;
    const headers = { authorization: `Bearer ${created.hostToken}` };
    return (await (await request.post(url, { data, headers })).json()).secret as string;
  };
  const encoder = await publishByWhip(browser, waterbus.url, await keyFor({ name: 'Encoder' }));
  const player = await watchByWhep(browser, waterbus.url, await keyFor({ name: 'Lobby', use: 'watch' }));
  await player.playsOn(20);
  await expect.poll(async () => (await player.figures()).energy).toBeGreaterThan(0);

  const ada = await people('Ada');
  await ada.page.goto(`${waterbus.url}/m/${code}`);
  await enter(ada);
  await seesMoving(ada, { ...ada, name: 'Encoder' });
  await expect.poll(async () => Math.max(0, ...(await soundEnergies(ada)))).toBeGreaterThan(0);
  await encoder.stop();
  await expect(ada.page.getByText('Encoder', { exact: true })).toHaveCount(0);
  await encoder.close();

  // The player was shown the encoder, or Ada already: she is the only one who is left.
  const { energy } = await player.figures();
  await player.playsOn(40);
  await expect.poll(async () => (await player.figures()).energy).toBeGreaterThan(energy);
  await expect(ada.page.getByText('Lobby', { exact: true }).first()).toBeVisible();
  await player.close();
});
