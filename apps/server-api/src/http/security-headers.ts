import type { FastifyReply, FastifyRequest } from 'fastify';

export interface HeaderSettings {
  signallingOrigins: string[];
  /** The address under which people open the page. */
  publicUrl: string | undefined;
  /** Origins of other pages that may use the API. */
  allowedOrigins: string[];
  /** Origins of other pages that may show the pages of meetings in a frame. */
  frameAncestors?: string[];
}

/**
 * Sets the headers with which browsers isolate this server from other sites, on every answer: API,
 * documentation and web app (OWASP ASVS 5, 3.4).
 */
export function securityHeaders({
  signallingOrigins,
  publicUrl,
  allowedOrigins,
  frameAncestors = [],
}: HeaderSettings): (request: FastifyRequest, reply: FastifyReply) => void {
  const publicly = publicUrl?.startsWith('https:') === true;
  const policy = contentSecurityPolicy(signallingOrigins, []);
  const framedPolicy = contentSecurityPolicy(signallingOrigins, frameAncestors);
  return (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    // A meeting's address is an invitation: no other server may receive it.
    reply.header('referrer-policy', 'no-referrer');
    // No other page: an account must not be used through a frame that hides its buttons.
    const framed = frameAncestors.length > 0 && MEETING_PAGE.test(request.url);
    // This header knows no list; browsers with the policy below ignore it.
    if (!framed) reply.header('x-frame-options', 'DENY');
    // Pages of other origins that show people show their pictures, whose addresses cannot be
    // guessed.
    const shared = allowedOrigins.length > 0 && request.url.startsWith('/v1/avatars/');
    reply.header('cross-origin-resource-policy', shared ? 'cross-origin' : 'same-origin');
    const encrypted = publicly || request.protocol === 'https';
    const local = LOCALHOST.test(request.hostname);
    // Browsers ignore it elsewhere, and warn in the console.
    if (encrypted || local) reply.header('cross-origin-opener-policy', 'same-origin');
    if (encrypted && !local) reply.header('strict-transport-security', `max-age=${HSTS_LIFETIME}`);
    reply.header('permissions-policy', 'camera=(self), microphone=(self), display-capture=(self), geolocation=()');
    // The documentation page has its own.
    if (!reply.hasHeader('content-security-policy')) {
      reply.header('content-security-policy', framed ? framedPolicy : policy);
    }
    // Pictures may be cached: they never change.
    const kept = reply.hasHeader('cache-control');
    if (!kept && /^\/v1(\/|\?|$)/.test(request.url)) reply.header('cache-control', 'no-store');
  };
}

function contentSecurityPolicy(signallingOrigins: string[], frameAncestors: string[]): string {
  const elsewhere = signallingOrigins
    .filter((origin) => origin !== '')
    .flatMap((origin) => [origin, origin.replace(/^http/, 'ws')]);
  return [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    ["connect-src 'self'", ...elsewhere].join(' '),
    "img-src 'self' data: blob:",
    "media-src 'self' blob: mediastream:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    frameAncestors.length > 0 ? `frame-ancestors 'self' ${frameAncestors.join(' ')}` : "frame-ancestors 'none'",
  ].join('; ');
}

/** The lobby and the call of a meeting in the web app, with and without its header. */
const MEETING_PAGE = /^\/(?:m|embed)\/[^/]+\/?(?:\?|$)/;

/** Seconds: a year (RFC 6797; OWASP ASVS 5, 3.4.1). */
const HSTS_LIFETIME = 31_536_000;

/** Other servers under development also have this name, on other ports, and HSTS ignores ports. */
const LOCALHOST = /^(?:.*\.)?localhost$/;
