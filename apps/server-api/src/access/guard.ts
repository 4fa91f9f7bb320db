import type { Clock } from '@waterbus/cluster';
import { CodedError } from '@waterbus/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Queries } from '../database/database.js';
import { type LogIds, logWith } from '../http/log-ids.js';
import type { RequestLimits } from '../limits/limits.js';
import { network } from '../limits/network.js';
import type { Administrators } from './administrators.js';
import type { Authentication } from './authentication.js';
import { decide, type MeetingAction } from './policy.js';
import { anonymous, type Principal } from './principal.js';
import { requireRecentSignIn } from './recent-sign-in.js';
import type { MeetingAccess } from './standing.js';

/** Every route below /v1 declares in its `config.access` who may call it. */
export type RouteAccess =
  /** Also without authentication; a bearer token that is sent must be valid. */
  | { by: 'anyone' }
  | { by: 'user' }
  /** Principals that can own things. */
  | { by: 'user-or-key' }
  /**
   * Sessions of administrators (`ADMINS`). For all others there is nothing at the address. Changes
   * require a recent sign-in.
   */
  | { by: 'administrator' }
  /**
   * Principals that may do this with the meeting in the parameter `code`: `request.access` holds
   * it.
   */
  | { by: 'meeting'; action: MeetingAction; unseen?: Unseen }
  /** The handler checks a token of its own. */
  | { by: 'handler' };

/**
 * Called before the guard denies an absent or invisible meeting: takes the time that a visible one
 * would take (M2), and returns the asker's access after all if the request has another proof.
 */
export type Unseen = (request: FastifyRequest, access: MeetingAccess | undefined) => Promise<MeetingAccess | undefined>;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    /** The principal of the request. */
    principal: Principal;
    /** Of routes with `access.by: 'meeting'`. */
    access: MeetingAccess;
  }
}

/** Guards all routes of the API. A route without `config.access` is rejected at registration. */
export function guardRoutes(fastify: FastifyInstance, parts: GuardParts): void {
  const { authentication, limits } = parts;
  fastify.decorateRequest('principal', null as never);
  fastify.decorateRequest('access', null as never);
  fastify.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/v1/')) return;
    const access = route.config?.access;
    if (!access) throw new Error(`${route.method} ${route.url} declares no access`);
    if (!route.schema) throw new Error(`${route.method} ${route.url} has no schema`);
    route.schema.security = access.by === 'anyone' ? [{}, { bearer: [] }] : [{ bearer: [] }];
    Object.assign(route.schema, { 'x-access': access.by === 'meeting' ? `meeting:${access.action}` : access.by });
  });
  // Before the body is validated: a denied asker learns nothing about the valid bodies.
  fastify.addHook('preValidation', async (request) => {
    const access = request.routeOptions.config.access;
    if (!access) return;
    request.principal = anonymous;
    const safe = request.method === 'GET' || request.method === 'HEAD';
    await limits.count(safe ? 'read' : 'write', request.ip);
    if (access.by === 'handler') return;
    if (access.by === 'meeting') {
      const { code } = request.params as { code: string };
      const identified = await authentication.accessOf(request.headers.authorization, code, network(request.ip));
      request.principal = identified.principal;
      logWith(request, idsOf(request.principal));
      const found = await asAdministrator(parts, request.principal, access.action, identified.access);
      request.access = await meetingAccess(request, access, found, limits);
      logWith(request, { meetingId: request.access.meeting.id });
      return;
    }
    request.principal = await authentication.principalOf(request.headers.authorization);
    logWith(request, idsOf(request.principal));
    if (access.by === 'administrator') await checkAdministrator(parts, request, safe);
    else if (access.by !== 'anyone') checkOwner(access.by, request.principal);
  });
}

interface GuardParts {
  authentication: Authentication;
  limits: RequestLimits;
  administrators: Administrators;
  queries: Queries;
  clock: Clock;
}

async function checkAdministrator(
  { administrators, queries, clock }: GuardParts,
  request: FastifyRequest,
  safe: boolean,
): Promise<void> {
  if (!(await administrators.has(queries, request.principal))) throw new CodedError('request.not_found');
  if (!safe) requireRecentSignIn(request.principal, clock);
}

/** Administrators have a standing of their own for the few actions that the policy grants to it. */
async function asAdministrator(
  { administrators, queries }: GuardParts,
  principal: Principal,
  action: MeetingAction,
  found: MeetingAccess | undefined,
): Promise<MeetingAccess | undefined> {
  if (!found || decide(action, found.standing, found.meeting) === 'allowed') return found;
  if (decide(action, 'administrator', found.meeting) !== 'allowed') return found;
  return (await administrators.has(queries, principal)) ? { ...found, standing: 'administrator' } : found;
}

function idsOf(principal: Principal): LogIds {
  return principal.type === 'participant' ? { participantId: principal.participantId } : {};
}

/** The principal of a route with `access.by: 'user'`. */
export function userOf(request: FastifyRequest): Extract<Principal, { type: 'user' }> {
  if (request.principal.type !== 'user') throw new Error('This route is not for users only');
  return request.principal;
}

/** Rejects as the guard does when the principal may not do this with the meeting. */
export function permitted(
  access: MeetingAccess | undefined,
  action: MeetingAction,
  principal: Principal,
): MeetingAccess {
  const decision = access ? decide(action, access.standing, access.meeting) : 'absent';
  if (access && decision === 'allowed') return access;
  if (decision === 'denied') throw new CodedError('permission.denied');
  if (decision === 'archived') throw new CodedError('meeting.archived');
  // The same for an absent meeting and for an invisible one (M2).
  if (action !== 'look' && action !== 'join' && principal.type === 'anonymous') {
    throw new CodedError('account.required');
  }
  throw new CodedError('meeting.not_found');
}

async function meetingAccess(
  request: FastifyRequest,
  { action, unseen }: Extract<RouteAccess, { by: 'meeting' }>,
  found: MeetingAccess | undefined,
  limits: RequestLimits,
): Promise<MeetingAccess> {
  const seen = found !== undefined && decide(action, found.standing, found.meeting) !== 'absent';
  // A client that guesses codes gets the same answer for a right one. A principal with a standing
  // in the meeting does not guess.
  if (!found || STRANGERS.has(found.standing)) await limits.checkAbsent(request.ip);
  const access = seen || !unseen ? found : await unseen(request, found);
  const absent = !access || decide(action, access.standing, access.meeting) === 'absent';
  if (absent) await limits.allows('absentMeeting', request.ip);
  return permitted(access, action, request.principal);
}

const STRANGERS: ReadonlySet<MeetingAccess['standing']> = new Set(['stranger', 'banned']);

function checkOwner(by: 'user' | 'user-or-key', principal: Principal): void {
  if (principal.type === 'user' || (by === 'user-or-key' && principal.type === 'api-key')) return;
  throw new CodedError(principal.type === 'anonymous' ? 'account.required' : 'permission.denied');
}
