import {
  CodedError,
  type CreateMeetingRequest,
  type CreateMeetingResponse,
  type JoinMeetingRequest,
  type JoinMeetingResponse,
  type Meeting,
  type Role,
} from '@waterbus/protocol';
import { hashPassword, verifyPassword } from '../access/password.js';
import { newSecret, secretMatches } from '../access/secrets.js';
import type { MeetingRow } from '../database/schema.js';
import type { RequestLimits } from '../limits/limits.js';
import type { JoinTokenIssuer } from './join-token-issuer.js';
import { newMeetingCode, readMeetingCode } from './meeting-code.js';
import type { MeetingRepository } from './meeting-repository.js';
import { shownMeeting } from './shown-meeting.js';

export interface MeetingServiceParts {
  meetings: MeetingRepository;
  joinTokens: JoinTokenIssuer;
  limits: RequestLimits;
  /** Origins of Server WS, told to everybody who joins. */
  signallingOrigins: string[];
  /** Milliseconds since 1970. */
  date: () => number;
  newCode?: () => string;
}

/** Creating, finding and joining meetings. `address` is the asker's, for the limits. */
export class MeetingService {
  readonly #parts: MeetingServiceParts;
  readonly #newCode: () => string;

  constructor(parts: MeetingServiceParts) {
    this.#parts = parts;
    this.#newCode = parts.newCode ?? newMeetingCode;
  }

  async create(request: CreateMeetingRequest, address: string): Promise<CreateMeetingResponse> {
    await this.#parts.limits.count('create', address);
    const hostToken = newSecret();
    const passwordHash = request.password === undefined ? null : await hashPassword(request.password);
    for (let attempt = 0; attempt < CODE_ATTEMPTS; attempt += 1) {
      const row = await this.#parts.meetings.insert({
        code: this.#newCode(),
        title: request.title,
        passwordHash,
        hostTokenHash: hostToken.hash,
        createdAt: new Date(this.#parts.date()),
      });
      if (row) return { meeting: shownMeeting(row), hostToken: hostToken.secret };
    }
    throw new Error(`${CODE_ATTEMPTS} new meeting codes in a row were taken`);
  }

  async get(code: string, address: string): Promise<Meeting> {
    await this.#parts.limits.count('read', address);
    return shownMeeting(found(await this.#find(code)));
  }

  async join(code: string, request: JoinMeetingRequest, address: string): Promise<JoinMeetingResponse> {
    await this.#parts.limits.count('join', address);
    const row = await this.#find(code);
    const role = await this.#admit(row, readMeetingCode(code) ?? 'malformed', request, address);
    const meeting = found(row);
    const { token, expiresIn, participantId } = await this.#parts.joinTokens.issue({
      roomId: meeting.id,
      meetingCode: meeting.code,
      name: request.name,
      role,
    });
    return {
      status: 'admitted',
      token,
      expiresIn,
      participantId,
      meeting: shownMeeting(meeting),
      signalling: this.#parts.signallingOrigins,
    };
  }

  /** M1. An absent meeting takes the same path as a wrong password until the answer is given (M2). */
  async #admit(row: MeetingRow | undefined, code: string, request: JoinMeetingRequest, address: string): Promise<Role> {
    if (request.hostToken !== undefined) {
      const right = await this.#parts.limits.attempt(address, code);
      if (!secretMatches(request.hostToken, row?.hostTokenHash)) {
        found(row);
        throw new CodedError('token.invalid', 'This is not the host token of the meeting');
      }
      await right();
      return 'host';
    }
    if (row && row.passwordHash === null) return 'guest';
    if (request.password === undefined || request.password === '') {
      found(row);
      throw new CodedError('meeting.password_required');
    }
    const right = await this.#parts.limits.attempt(address, code);
    if (!(await verifyPassword(row?.passwordHash ?? undefined, request.password))) {
      found(row);
      throw new CodedError('meeting.wrong_password');
    }
    await right();
    return 'guest';
  }

  /** An archived meeting is as good as absent to whoever is not its member (M4). */
  async #find(text: string): Promise<MeetingRow | undefined> {
    const code = readMeetingCode(text);
    const row = code === undefined ? undefined : await this.#parts.meetings.findByCode(code);
    return row?.archivedAt === null ? row : undefined;
  }
}

function found(row: MeetingRow | undefined): MeetingRow {
  if (!row) throw new CodedError('meeting.not_found');
  return row;
}

/** With a billion meetings one code in 3,600 is taken: six in a row never are unless randomness is broken. */
const CODE_ATTEMPTS = 6;
