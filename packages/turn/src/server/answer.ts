import { Attribute, type ErrorCode, errorValue, type NewAttribute } from '@waterbus/stun';

/** The outcome of a request: a success response's attributes, or an error response's. */
export type Answer = { ok: true; attributes: readonly NewAttribute[] } | Failure;

export interface Failure {
  ok: false;
  code: ErrorCode;
  attributes: readonly NewAttribute[];
}

export function success(...attributes: NewAttribute[]): Answer {
  return { ok: true, attributes };
}

export function failure(code: ErrorCode, ...attributes: NewAttribute[]): Failure {
  return { ok: false, code, attributes: [[Attribute.ErrorCode, errorValue(code)], ...attributes] };
}
