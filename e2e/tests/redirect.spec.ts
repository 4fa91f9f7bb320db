import { hears, meet, type Person, seesMoving, tileOf } from '../system/call.js';
import { expect, test } from '../system/test.js';

test('R9: a viewer of people on several media nodes has one connection to each node, and receives all of their media', async ({
  waterbus,
  people,
}) => {
  const nodes = await waterbus.mediaNodes();
  expect(nodes.length).toBeGreaterThan(1);
  const senders = [await people('Ada'), await people('Ben'), await people('Cleo')] as const;
  const [ada, ben, cleo] = senders;
  const dan = await people('Dan');
  const placed = senders.map((_, index) => nodes[index % nodes.length]!);
  for (const [index, sender] of senders.entries()) await publishesOn(sender, placed[index]!);
  await meet(waterbus, [ada, ben, cleo, dan]);

  for (const sender of senders) await seesMoving(dan, sender);
  await hears(dan, senders.length);
  expect(await Promise.all(senders.map((sender) => nodesOf(sender, 'send')))).toEqual(placed.map((id) => [id]));
  // Each sender also has a connection to its sending node, which may hold no other sender.
  expect(await nodesOf(dan, 'receive')).toEqual(expect.arrayContaining([...new Set(placed)]));
  const connections = await nodesOf(dan, 'receive');
  expect(connections.length).toBe(new Set(connections).size);
  expect(new Set(connections)).toEqual(new Set([...placed, ...(await nodesOf(dan, 'send'))]));

  await ben.page.getByRole('button', { name: 'Mute microphone' }).click();
  await expect(tileOf(dan, ben).getByLabel(/muted/i)).toBeVisible();
  await expect(tileOf(cleo, ben).getByLabel(/muted/i)).toBeVisible();
  await cleo.page.getByRole('button', { name: 'Leave' }).click();
  for (const viewer of [ada, ben, dan]) await expect(tileOf(viewer, cleo)).toHaveCount(0);
  await seesMoving(dan, ada);
  await seesMoving(dan, ben);
});

/**
 * Imitates a placement on this media node while the others are full: a request for a transport may
 * name a node, a join may not.
 */
async function publishesOn({ page }: Person, mediaNodeId: string): Promise<void> {
  await page.routeWebSocket(/\/signal/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const asks = '["transport.open",{"direction":"send"';
      const named = (text: string) => text.replace(asks, `${asks},"mediaNodeId":"${mediaNodeId}"`);
      server.send(
        typeof frame === 'string' ? named(frame.replace('"media":{"send":true', '"media":{"send":false')) : frame,
      );
    });
  });
}

/** The media nodes of all peer connections of one direction, one entry for each connection. */
function nodesOf({ page }: Person, direction: 'send' | 'receive'): Promise<string[]> {
  return page.evaluate(async (wanted) => {
    const { call } = (
      window as unknown as {
        waterbus: { call: { stats(): Promise<{ direction: string; mediaNodeId: string }[]> } };
      }
    ).waterbus;
    return (await call.stats()).filter((one) => one.direction === wanted).map((one) => one.mediaNodeId);
  }, direction);
}
