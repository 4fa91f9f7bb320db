import { PROTOCOL_VERSION, SIGNALLING_PATH } from '@waterbus/protocol';
import { Client, Participant } from '@waterbus/server-ws/testing/signalling';
import { io } from 'socket.io-client';
import { HttpClient } from './http.js';

export interface NewMeeting {
  code: string;
  hostToken: string;
}

/** A meeting made without an account. */
export async function newMeeting(http: HttpClient, options: { waitingRoom?: boolean } = {}): Promise<NewMeeting> {
  const { status, body } = await http.ask('/v1/meetings', { method: 'POST', body: { title: 'Weekly', ...options } });
  if (status !== 201) throw new Error(`creating a meeting: ${status} ${JSON.stringify(body)}`);
  const { meeting, hostToken } = body as { meeting: { code: string }; hostToken: string };
  return { code: meeting.code, hostToken };
}

/** A guest in the call of a meeting, from one loopback address. Rejects on a refusal. */
export async function joinAsGuest(
  url: string,
  { code, hostToken }: { code: string; hostToken?: string },
  { name, address = '127.0.0.1' }: { name: string; address?: string },
): Promise<Participant> {
  const http = new HttpClient(url, address);
  try {
    const path = `/v1/meetings/${code}/join`;
    const { status, body } = await http.ask(path, {
      method: 'POST',
      body: { name, ...(hostToken !== undefined && { hostToken }) },
    });
    if (status !== 200) throw new Error(`joining: ${status} ${JSON.stringify(body)}`);
    const { token } = body as { token: string };
    const client = new Client(url, openSocket(url, address));
    const joined = await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION });
    return new Participant(client, joined);
  } finally {
    http.close();
  }
}

/** A signalling socket from one loopback address, before its join. */
export function openSocket(url: string, address: string, headers: Record<string, string> = {}) {
  return io(url.replace('localhost', '127.0.0.1'), {
    path: SIGNALLING_PATH,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    extraHeaders: headers,
    ...({ localAddress: address } as object),
  });
}
