import { type ClientRequest, clientRequests, type DataMessage } from '@waterbus/protocol';
import type { OutgoingData, ReceivedData } from '../api/data.js';
import type { Metadata, RemoteParticipant } from '../api/participants.js';
import { coded } from '../failures.js';

/** Throws `request.invalid`: a request that is too long would end the socket. */
export function dataRequest({ topic, payload, to }: OutgoingData): ClientRequest<'data.send'> {
  const content = typeof payload === 'string' ? { payload } : { payload: base64(payload), encoding: 'base64' as const };
  return checked('data.send', { topic, ...content, ...(to && { to: [...to] }) });
}

/** Throws `request.invalid`. */
export function metadataRequest(metadata: Metadata): ClientRequest<'participant.setMetadata'> {
  return checked('participant.setMetadata', { metadata: { ...metadata } });
}

export function receivedData(message: DataMessage, sender: RemoteParticipant | undefined): ReceivedData {
  const { topic, participantId, payload, encoding } = message;
  return { topic, participantId, participant: sender, payload: encoding === undefined ? payload : bytes(payload) };
}

function checked<N extends 'data.send' | 'participant.setMetadata'>(
  name: N,
  request: ClientRequest<N>,
): ClientRequest<N> {
  const parsed = clientRequests[name].request.safeParse(request);
  if (parsed.success) return request;
  const issue = parsed.error.issues[0];
  throw coded('request.invalid', issue && `${issue.path.join('.')}: ${issue.message}`);
}

function base64(payload: Uint8Array): string {
  // As arguments of one call, a few thousand at a time.
  const parts: string[] = [];
  for (let at = 0; at < payload.length; at += 4096) {
    parts.push(String.fromCharCode(...payload.subarray(at, at + 4096)));
  }
  return btoa(parts.join(''));
}

function bytes(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
