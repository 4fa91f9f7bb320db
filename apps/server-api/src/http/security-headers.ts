import type { FastifyReply, FastifyRequest } from 'fastify';

/** Sets what browsers need to keep other sites out, on every answer of this server: API, documentation and web app. */
export function securityHeaders(signallingOrigins: string[]): (request: FastifyRequest, reply: FastifyReply) => void {
  const policy = contentSecurityPolicy(signallingOrigins);
  return (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    // A meeting's address is an invitation: nobody else's server shall read it.
    reply.header('referrer-policy', 'no-referrer');
    reply.header('x-frame-options', 'DENY');
    reply.header('cross-origin-opener-policy', 'same-origin');
    reply.header('permissions-policy', 'camera=(self), microphone=(self), display-capture=(self), geolocation=()');
    // The documentation page brings its own.
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', policy);
    // Pictures may be kept: they never change.
    const kept = reply.hasHeader('cache-control');
    if (!kept && /^\/v1(\/|\?|$)/.test(request.url)) reply.header('cache-control', 'no-store');
  };
}

function contentSecurityPolicy(signallingOrigins: string[]): string {
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
    "frame-ancestors 'none'",
  ].join('; ');
}
