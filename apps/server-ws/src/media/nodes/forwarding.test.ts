import { expect, test } from 'vitest';
import { Forwarding } from './forwarding.js';

const rtp = { rtpParameters: { codecs: [] }, rtpCapabilities: { codecs: [], headerExtensions: [] }, paused: false };

/** Ada sends a camera and a microphone, Ben and Cid receive both. */
function call() {
  const forwarding = new Forwarding();
  for (const kind of ['video', 'audio'] as const) {
    forwarding.called('produce', [{ transportId: 'ada', producerId: kind, kind, ...rtp }]);
    for (const who of ['ben', 'cid']) {
      forwarding.called('consume', [{ transportId: who, consumerId: `${who} ${kind}`, producerId: kind, ...rtp }]);
    }
  }
  return forwarding;
}

test.each<[string, number | undefined, (forwarding: Forwarding) => void]>([
  ['all that is forwarded counts, a picture three times a sound', 8, () => {}],
  ['a paused consumer does not', 5, (f) => f.called('pauseConsumer', ['ben video'])],
  ['a paused producer does not', 2, (f) => f.called('pauseProducer', ['video'])],
  ['what goes on counts again', 8, (f) => ['pause', 'resume'].map((what) => f.called(`${what}Producer`, ['video']))],
  ['nor what was closed', 5, (f) => f.called('closeConsumer', ['ben video'])],
  [
    'nor what closed by itself',
    7,
    (f) => f.happened({ type: 'consumer.closed', consumerId: 'ben audio', reason: 'transport-closed' }),
  ],
  ['a producer takes its consumers along', 2, (f) => f.called('closeProducer', ['video'])],
  ['a receiver as well', 4, (f) => f.called('closeTransport', ['ben'])],
  [
    'a sender with all it sends',
    undefined,
    (f) => f.happened({ type: 'transport.closed', transportId: 'ada', reason: 'consent-expired' }),
  ],
])('%s', (_, weight, happens) => {
  const forwarding = call();
  happens(forwarding);
  expect(forwarding.weights().get('ada')).toBe(weight);
});
