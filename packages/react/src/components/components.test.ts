import type { Call, RemoteParticipant } from '@waterbus/client';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { Conversation } from '../chat/conversation.js';
import type { ListedMessage } from '../chat/listed-messages.js';
import { deviceTroubles } from '../devices/device-notes.js';
import type { DeviceTrouble, MediaDevicesState } from '../devices/media-devices.js';
import { OpenedDevices } from '../devices/opened-devices.js';
import { Grid } from '../grid/grid.js';
import { Chat } from './chat.js';
import { CHAT_LABELS } from './chat-labels.js';
import { ChatMessage } from './chat-message.js';
import type { Control } from './control.js';
import { Controls } from './controls.js';
import { PreJoin } from './pre-join.js';
import { OwnTile, Tile } from './tile.js';

const publication = (muted: boolean) => ({ muted, track: undefined, observe: () => () => {} });

const participant = (muted: boolean, connection: 'connected' | 'reconnecting' = 'connected') =>
  ({
    ...{ id: 'ben', name: 'Ben', connection },
    publication: (source: string) => (source === 'microphone' ? publication(muted) : undefined),
  }) as unknown as RemoteParticipant;

const call = {
  local: { publication: () => undefined },
  participants: [],
  activeSpeakers: [],
  code: 'abc-defg-hjk',
  on: () => () => {},
  chat: { list: async () => ({ items: [] }) },
} as unknown as Call;

it('a tile names its participant, and has its state in attributes', () => {
  const markup = (...[one, talking]: [RemoteParticipant, boolean]) =>
    renderToStaticMarkup(createElement(Tile, { participant: one, talking }));
  expect(markup(participant(false), true)).toContain('aria-label="Ben"');
  const attributes = (text: string) => text.match(/data-(?:talking|muted|reconnecting)/g) ?? [];
  expect(attributes(markup(participant(false), true))).toEqual(['data-talking']);
  expect(attributes(markup(participant(true), false))).toEqual(['data-muted']);
  expect(attributes(markup(participant(true, 'reconnecting'), false))).toEqual(['data-muted', 'data-reconnecting']);
});

it('a tile has room behind and over its picture, and a size or the page’s own style', () => {
  const behind = createElement('i');
  const more = createElement('b', null, 'Pin');
  const framed = renderToStaticMarkup(
    createElement(Tile, { participant: participant(false), talking: false, behind, className: 'mine' }, more),
  );
  expect(framed).toBe(
    '<article aria-label="Ben" class="mine" data-waterbus="tile" data-participant-id="ben"><i></i><b>Pin</b></article>',
  );
  const own = renderToStaticMarkup(createElement(OwnTile, { name: 'Ada', track: undefined }));
  expect(own).toMatch(/style="[^"]*var\(--tile-width\)[^>]*data-self=""><p data-waterbus="tile-name">Ada/);
});

it('a grid has a name and its tiles', () => {
  const tiles = [createElement('i', { key: 1 }), createElement('i', { key: 2 })];
  // biome-ignore lint/correctness/noChildrenProp: the children are an array here
  const markup = renderToStaticMarkup(createElement(Grid, { label: 'People', children: tiles }));
  expect(markup).toMatch(/^<section[^>]*aria-label="People"[^>]*><div[^>]*><i><\/i><i><\/i><\/div><\/section>$/);
});

it('buttons follow the devices, and their names may be other words', () => {
  const devices = new OpenedDevices({ camera: false });
  const labels = { mute: 'Stumm', startCamera: 'Kamera an', leave: 'Auflegen' };
  const markup = renderToStaticMarkup(createElement(Controls, { call, devices, labels }));
  const buttons = [...markup.matchAll(/<button[^>]*data-button="([^"]+)"([^>]*)>([^<]*)/g)];
  expect(buttons.map(([, name, more, text]) => [name, more!.includes('data-on'), text])).toEqual([
    ['microphone', true, 'Stumm'],
    ['camera', false, 'Kamera an'],
    ['leave', false, 'Auflegen'],
  ]);
});

it('a control has its state, and whoever draws it decides the look', () => {
  const device = { ...new OpenedDevices().state.camera };
  const state = { microphone: { ...device, asking: true }, camera: { ...device, on: false, trouble: 'busy' } };
  const devices = { state, subscribe: () => () => {}, toggle: () => {} } as unknown as OpenedDevices;
  const markup = renderToStaticMarkup(createElement(Controls, { call, devices, screen: false }));
  expect(
    [...markup.matchAll(/<button type="button"([^>]*)>([^<]*)/g)].map(([, attributes, text]) => [attributes, text]),
  ).toEqual([
    [' data-button="microphone" data-pending="" aria-disabled="true"', 'Microphone: press Allow in your browser'],
    [' data-button="camera" data-trouble="busy"', 'Start camera'],
    [' data-button="leave"', 'Leave'],
  ]);
  const drawn: (string | boolean | undefined)[][] = [];
  const draw = ({ name, isOn, isPending, trouble }: Control) => {
    drawn.push([name, isOn, isPending, trouble]);
    return createElement('i', { key: name });
  };
  const own = renderToStaticMarkup(createElement(Controls, { call, devices, draw, className: 'bar' }));
  expect(own).toBe(
    '<section aria-label="Call controls" class="bar" data-waterbus="controls"><i></i><i></i><i></i></section>',
  );
  // In the order of rendering.
  expect(drawn).toEqual([
    ['leave', false, false, undefined],
    ['microphone', false, true, undefined],
    ['camera', false, false, 'busy'],
  ]);
});

it('the lobby has fields with names, shows what a device lacks, and takes further fields', () => {
  const { camera } = new OpenedDevices().state;
  const available = { microphone: [], camera: [{ deviceId: 'c1', label: 'Front' }], speaker: [] };
  const state = {
    microphone: { ...camera, asking: true },
    camera: { ...camera, on: false, trouble: 'busy' },
    available,
  };
  const devices = { state, subscribe: () => () => {} } as unknown as OpenedDevices;
  const lobby = renderToStaticMarkup(
    createElement(
      PreJoin,
      {
        ...{ devices, defaultName: 'Ada', enter: async () => call, onJoined: () => {} },
        labels: { join: 'Beitreten' },
      },
      createElement('input', { 'aria-label': 'Password' }),
    ),
  );
  expect(lobby).toMatch(/<label>Your name<input[^>]*value="Ada"/);
  expect(lobby).toContain('Your browser asks whether this page may use your microphone. Press Allow.');
  expect(lobby).toContain('Your camera: it could not be started; another program may be using it.');
  expect(lobby).toMatch(/Camera<\/label><select[^>]*><option value="c1" selected="">Front</);
  expect(lobby).toMatch(/Microphone<\/label><select[^>]*disabled=""><option value="" selected="">Waiting for/);
  expect(lobby).toMatch(/aria-label="Password"\/><p role="status"><\/p><button type="submit">Beitreten/);
});

it('the chat has a field with a name', () => {
  const chat = renderToStaticMarkup(createElement(Chat, { call, labels: { message: 'Nachricht' }, takesFiles: true }));
  expect(chat).toMatch(/<textarea[^>]*aria-label="Nachricht"/);
  expect(chat).toMatch(/<input type="file"[^>]*aria-label="Attach files"/);
});

it('a message in the chat offers what this user may do with it, and has its state in attributes', () => {
  const conversation = new Conversation(call);
  const message = {
    seq: 7,
    text: 'Hello',
    author: { name: 'Ben' },
    deletedAt: null,
    files: [{ id: 'f', name: 'a.pdf' }],
  };
  const markup = (own: boolean, more: object = {}) => {
    const listed = {
      isPrivate: false,
      own,
      follows: true,
      message: { ...message, ...more },
    } as unknown as ListedMessage;
    const props = { conversation, listed, labels: CHAT_LABELS, onFailure: () => {}, show: () => {} };
    return renderToStaticMarkup(createElement(ChatMessage, props));
  };
  const buttons = (text: string) => [...text.matchAll(/<button[^>]*>([^<]*)/g)].map(([, name]) => name);
  expect(markup(false)).toMatch(/^<li data-waterbus="message" data-seq="7" data-follows="" tabindex="-1"><b>Ben/);
  expect(buttons(markup(false))).toEqual(['Download a.pdf', 'Add reaction', 'Reply']);
  expect(buttons(markup(true))).toEqual(['Download a.pdf', 'Add reaction', 'Reply', 'Edit message', 'Delete message']);
  const reactions = { version: 1, list: [{ emoji: '🎉', count: 2, by: [] }] };
  expect(markup(false, { reactions })).toMatch(/<button type="button" aria-pressed="false">🎉 2/);
  expect([buttons(markup(true, { deletedAt: 'now' })), markup(true, { deletedAt: 'now' })]).toEqual([
    [],
    expect.stringMatching(/data-own="" data-deleted=""[^>]*><b>Ben<\/b> <i>Message deleted/),
  ]);
});

it('troubles of both devices are one', () => {
  const { camera } = new OpenedDevices().state;
  const state = (...[one, other]: (DeviceTrouble | undefined)[]) =>
    ({ camera: { ...camera, trouble: one }, microphone: { ...camera, trouble: other } }) as MediaDevicesState;
  expect(deviceTroubles(state('denied', 'denied'))).toEqual([{ trouble: 'denied', devices: ['camera', 'microphone'] }]);
  expect(deviceTroubles(state('busy', 'none'))).toEqual([
    { trouble: 'busy', devices: ['camera'] },
    { trouble: 'none', devices: ['microphone'] },
  ]);
  expect(deviceTroubles(state(undefined, undefined))).toEqual([]);
});
