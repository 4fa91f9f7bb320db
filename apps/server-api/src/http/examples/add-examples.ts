import { errorCatalogue } from '@waterbus/protocol';
import { exampleOf } from './example-of.js';
import type { JsonSchema } from './json-schema.js';

interface Media {
  schema?: JsonSchema;
  example?: unknown;
}

interface Operation {
  parameters?: { name: string; schema?: JsonSchema; example?: unknown }[];
  requestBody?: { content?: Record<string, Media> };
  responses?: Record<string, { content?: Record<string, Media> }>;
}

/** Adds an example to each parameter and each body of an OpenAPI document, pictures aside. */
export function addExamples(paths: Record<string, Record<string, Operation>>): void {
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const parameter of operation.parameters ?? []) {
      if (parameter.schema) parameter.example ??= exampleOf(parameter.schema, parameter.name);
    }
    for (const [type, media] of Object.entries(operation.requestBody?.content ?? {})) addExample(media, type);
    for (const [status, { content = {} }] of Object.entries(operation.responses ?? {})) {
      for (const [type, media] of Object.entries(content)) addExample(media, type, Number(status));
    }
  }
}

function addExample(media: Media, type: string, status = 0): void {
  if (media.example !== undefined) return;
  const example = status >= 400 ? problem(status) : (texts[type] ?? (media.schema && exampleOf(media.schema)));
  if (/json/.test(type) || texts[type] !== undefined) media.example = example;
}

/** The first problem of the catalogue with this status. */
function problem(status: number) {
  const [code, entry] = Object.entries(errorCatalogue).find(([, { status: own }]) => own === status) ?? ['', undefined];
  return { type: `urn:waterbus:error:${code}`, title: entry?.title ?? '', status, code };
}

const sdp = [
  'v=0',
  'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 0.0.0.0',
  'a=rtpmap:111 opus/48000/2',
  '',
].join('\r\n');

/** Bodies that are no JSON. The schema of an event stream is that of the data of one event. */
const texts: Record<string, unknown> = {
  'text/event-stream': { type: 'meetings.changed' },
  'application/sdp': sdp,
  'application/trickle-ice-sdpfrag':
    'a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=end-of-candidates\r\n',
  'text/calendar': [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Waterbus//EN',
    'BEGIN:VEVENT',
    'UID:abc-defg-hjk@meet.example.org',
    'DTSTAMP:20260115T100000Z',
    'DTSTART:20260122T100000Z',
    'DTEND:20260122T110000Z',
    'SUMMARY:Weekly planning',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n'),
  'text/csv':
    '\uFEFF"Name","Role","Joined (UTC)","Left (UTC)","Minutes"\r\n' +
    '"Ada Lovelace","member","2026-01-15 10:00:00","2026-01-15 10:45:00",45\r\n',
};
